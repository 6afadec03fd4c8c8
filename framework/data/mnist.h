// The data sets that come as four IDX files: MNIST, Fashion-MNIST and their relatives.
#pragma once

#include <string>
#include <vector>

#include "cambium/framework/data/memory_dataset.h"

namespace cambium {

// Reads one part of a data set of MNIST's form from a folder: images of one channel, kept as bytes (1x28x28, or as the file says),
// and labels. The files are {train,t10k}-images-idx3-ubyte and {train,t10k}-labels-idx1-ubyte, also with a dot before "idx" and
// also with .gz at the end. There are as many classes as names, or 10 when no names are given.
// Errors: a file that is missing (with the names and the folder tried), of another form, or damaged; counts of images and labels
// that disagree; labels out of range, with row and value.
MemoryDataset load_mnist(const std::string& folder, Split part, std::vector<std::string> class_names = {});

// The shape of the images of that part, by the header of their file alone; errors of that file as above.
Shape mnist_shape(const std::string& folder, Split part);

}  // namespace cambium
