// EMNIST: handwritten digits and letters in the form of MNIST.
#pragma once

#include <string>
#include <vector>

#include "cambium/framework/data/memory_dataset.h"

namespace cambium {

// The six ways in which the same images are sorted: by_class has 62 classes (digits, capitals, small letters); by_merge and
// balanced 47, in which the small letters that look like their capitals (c i j k l m o p s u v w x y z) are with those; letters 26,
// each capital with its small letter; digits and mnist 10.
enum class EmnistSet { balanced, by_class, by_merge, digits, letters, mnist };

// Reads one part of EMNIST (Cohen, Afshar, Tapson, van Schaik, "EMNIST: an extension of MNIST to handwritten letters", 2017) from
// the folder, or the folder "gzip" in it: emnist-{balanced,byclass,bymerge,digits,letters,mnist}-{train,test}-images-idx3-ubyte and
// -labels-idx1-ubyte, also with .gz at the end. In the files images lie on their side, rows for columns: here they are upright
// (1x28x28, or as the file says), and kept as bytes. The labels of `letters` start at 1 in the file, and here at 0. Classes have
// their names.
// Errors: as of load_mnist; a label out of range with its row and, for `letters`, as it is in the file.
MemoryDataset load_emnist(const std::string& folder, EmnistSet set, Split part);

// "0" to "9", "A" to "Z", "a" to "z", as far as the set has them.
std::vector<std::string> emnist_class_names(EmnistSet set);

}  // namespace cambium
