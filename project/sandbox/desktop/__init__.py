"""QuickBooks Desktop in miniature."""

from .company_file import CompanyFile
from .errors import Fault, Refused
from .program import QuickBooks
from .session import Session
from .settings import Product, Quirks, Settings

__all__ = ["CompanyFile", "Fault", "Product", "QuickBooks", "Quirks", "Refused", "Session", "Settings"]
