"""What the measuring scripts share: entries from scores, commands as data hold them, and what several of them measure.

Scripts of ``data_scripts`` import this room, never each other.
"""
