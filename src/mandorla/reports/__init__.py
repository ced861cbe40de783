"""Reports for people: one self-contained HTML page each, with inline style and inline SVG, no script and no outside address.

`blocks.py` says what a page is made of, `page.py` makes HTML of it, and each report has a file that chooses the blocks. What a
report shows are counts and columns' names; a person's value never reaches it. Read `blocks.py` first.
"""
