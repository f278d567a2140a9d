/** The page: begins here. */
