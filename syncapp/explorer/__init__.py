"""The general connector: query, add, modify, delete and void any record of a QuickBooks company.

Pure: this module only says what the package is for.
"""
