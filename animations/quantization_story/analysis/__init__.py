"""What several scenes or the report compute from networks and points: a module a subject, none of it manim."""
