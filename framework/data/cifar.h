// CIFAR-10 and CIFAR-100: colour pictures of 32x32 in ten or a hundred classes.
#pragma once

#include <string>

#include "cambium/framework/data/memory_dataset.h"

namespace cambium {

// Reads one part of CIFAR-10, the binary version (Krizhevsky 2009, https://www.cs.toronto.edu/~kriz/cifar.html), from the folder,
// or the folder cifar-10-batches-bin in it: data_batch_1.bin to data_batch_5.bin, in this order, or test_batch.bin, also packed by
// gzip with .gz at the end. A record is the label and 3x32x32 bytes, red first, then green and blue; there may be any number of
// them. The pixels are kept as bytes. Classes are named as in batches.meta.txt, one name in each line, where that is there.
// Errors name the file, and the record (from 0) where there is one: a file that is missing (with names and folders tried), empty,
// or cut off inside a record; a label out of range; more than 2^31 bytes in a packed file; another number of names than classes, or
// names that cannot be printed.
MemoryDataset load_cifar10(const std::string& folder, Split part);

// The same for CIFAR-100: train.bin and test.bin, in the folder or in cifar-100-binary. A record begins with two labels: the coarse
// one of 20 classes (coarse_label_names.txt), and the fine one of 100 (fine_label_names.txt).
enum class Cifar100Labels { fine, coarse };
MemoryDataset load_cifar100(const std::string& folder, Split part, Cifar100Labels labels = Cifar100Labels::fine);

}  // namespace cambium
