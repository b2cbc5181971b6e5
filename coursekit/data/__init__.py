"""Small real data sets that come with the course: nothing is downloaded.

    fashion_mnist()  6,000 pictures of clothes, 28×28     train and test
    digits()         1,797 scans of digits, 8×8           train and test
    faces()          100 faces, 100 backgrounds, 25×25    labels +1 and −1
    photo(name)      four color photos                    (H, W, 3)
    sentences()      480 made-up sentences                train and test, word numbers

Pictures are ``uint8``, as files hold them. Labels are ``int64``. Every call returns fresh arrays:
change them as you like, and the next call is not touched. Files are read at the first call only.
Where each set comes from, its licence, and what was changed: `LICENSES.md` in this folder.
"""

from coursekit.data._images import Crops, Pictures, digits, faces, fashion_mnist
from coursekit.data._photos import PHOTOS, photo
from coursekit.data._sentences import Sentences, sentences

__all__ = [
    "PHOTOS",
    "Crops",
    "Pictures",
    "Sentences",
    "digits",
    "faces",
    "fashion_mnist",
    "photo",
    "sentences",
]
