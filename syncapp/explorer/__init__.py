"""The general connector: query, add, modify, delete and void any record of a QuickBooks company."""
