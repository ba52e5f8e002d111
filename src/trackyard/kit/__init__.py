"""What a destination author imports. Pure: no clock, socket, file, random or database."""
