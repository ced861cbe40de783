"""A mapping made again: what files said is kept, and only what changed since the last run is read and matched.

kept files ─┐                    ┌─ the ids that a change can touch ─▶ matched again ─▶ changes of the mapping
new files ──┴─▶ ids, keys by row ┤
                                 └─ where nothing is kept of a mapping: all of them ─▶ a whole mapping
"""
