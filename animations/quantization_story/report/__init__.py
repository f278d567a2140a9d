"""The figures of one network at several bit widths, as tables, Markdown and JSON."""
