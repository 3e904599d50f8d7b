"""Say in a sentence what each step of a record did."""
