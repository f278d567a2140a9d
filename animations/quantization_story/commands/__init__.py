"""The commands of the command line, a module each: its `command` is called as its file is."""
