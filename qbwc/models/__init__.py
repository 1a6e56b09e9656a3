"""The tables: a company, its sessions, its outbox (requests and messages), and its pulls."""

from qbwc.models.company import Company, Installation, LoginFailure
from qbwc.models.outbox import Message, Pull, Request
from qbwc.models.session import Session

__all__ = ["Company", "Installation", "LoginFailure", "Message", "Pull", "Request", "Session"]
