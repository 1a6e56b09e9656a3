"""Transactions of a company file: what was sold, bought, paid and moved, by the rules of qbXML 13.0.

kinds.py     the table of all kinds, and what is particular to each
store.py     the transactions, their ids, and the indexes that keep 100,000 of them quick
changes.py   adding, changing, voiding and deleting
queries.py   the queries; views.py what a Ret shows; people.py what bookkeepers do by hand
Rule         a change is worked out on a draft; only when nothing can refuse any more is it put in place.
"""
