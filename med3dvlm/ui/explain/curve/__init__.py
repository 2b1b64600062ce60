"""At which size, contrast and place the model sees a kind of finding."""
