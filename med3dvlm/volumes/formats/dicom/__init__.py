"""DICOM: headers, pixels, slices sorted into series and stacked into volumes."""
