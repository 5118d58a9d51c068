"""Files of import records, read one record at a time with memory that does not grow with the file."""
