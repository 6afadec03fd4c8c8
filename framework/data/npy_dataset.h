// A dataset from two arrays that numpy saved.
#pragma once

#include <string>
#include <vector>

#include "cambium/framework/data/memory_dataset.h"
#include "cambium/framework/data/npy.h"

namespace cambium {

// Where the channels of images in four sizes stand: (n, channels, height, width) or (n, height, width, channels).
enum class ChannelOrder { unsaid, first, last };

struct NpyDataOptions {
  ChannelOrder channels = ChannelOrder::unsaid;  // first; Error where the sizes look like last
  int classes = 0;                               // 0: the largest label + 1
  bool values = false;                           // integers of y are values to be predicted, not labels
  std::vector<std::string> class_names = {};     // one for each class, or none
  std::string x = "x", y = "y";                  // names in an archive
  NpyLimits limits = {};
};

// X holds n samples: (n) is one value each, (n, k) is Shape{k}, (n, h, w) images of one channel, Shape{1, h, w}, (n, c, h, w) is
// Shape{c, h, w}, and (n, h, w, c) with channels last is put in that order. u8 stays bytes, which a model sees as
// byte * (1 / 255); all other numbers, bools as 0 and 1, become real as they are.
//
// y holds a target for each: integers (n) or (n, 1) are labels from 0; floats (n), (n, k), ... are values, as integers are where
// `values` says so.
//
// Headers are compared before anything else is read. Errors name the file, and the row and what it holds where there is one: counts
// of X and y that disagree, no samples, sizes that are no samples, negative labels, labels of `classes` and above or, where
// that is not said, above 65535; values that are not finite, also of doubles that are none as float; and those of read_npy.
MemoryDataset load_npy(const std::string& x_path, const std::string& y_path, const NpyDataOptions& options = {});

// The same from two arrays of an .npz file.
MemoryDataset load_npz(const std::string& path, const NpyDataOptions& options = {});

// X alone, of which something is to be predicted; the array x of a file whose name ends in .npz.
MemoryDataset load_inputs(const std::string& path, const NpyDataOptions& options = {});

}  // namespace cambium
