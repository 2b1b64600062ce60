"""`python app.py` starts the app, as `med3dvlm app` does where the package is installed.

A Space and the Dockerfile look for this file; what it does is in med3dvlm/app.py.
"""

from med3dvlm.app import main

if __name__ == "__main__":
    main()
