"""Series: rows in order, such as the visits of a patient or the measurements of a sensor."""
