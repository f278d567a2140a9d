"""From scenes to what is published: rendering in parallel, joining, the web page. No mathematics, no drawing."""
