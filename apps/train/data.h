// The data that a training can be given, by name.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "apps/train/options.h"
#include "cambium/framework/data/dataset.h"
#include "cambium/framework/data/subset.h"

namespace train {

struct Data {
  std::shared_ptr<const cambium::Dataset> train, test;
  std::string model = "conv_bn";                 // what suits it, unless the user says otherwise
  std::string reader = "array", reading = "{}";  // what was done to the input: see apps/common/model_file.h
  std::string target = "value";                  // what its values are called, where it has no classes
  std::string note{};                            // one line on what was found, or nothing

  bool has_classes() const { return train->target_kinds()[0].classes > 0; }
  bool classes_are_numbers() const;  // each of their names is one
  cambium::Shape input() const { return train->input_shapes()[0]; }
  // A score for each class, or values.
  int outputs() const {
    const cambium::Dataset::TargetKind kind = train->target_kinds()[0];
    return kind.classes > 0 ? kind.classes : kind.shape.size();
  }
};

// One kind of data: `--data NAME`, or `--data NAME:WHERE` where it needs a place.
struct Source {
  const char* name;
  const char* where;  // "FILE", or empty
  const char* about;
  Data (*load)(const Options& options, const std::string& where);
};

const std::vector<Source>& sources();

// Reads or draws what --data names. Without --test, a part is put aside for the test where the data do not come with one: a fifth,
// drawn with the seed. Errors: no such data, with the closest name; those of the readers, which name file, row and column.
Data load_data(const Options& options);

// The loaders, each in a file of its own.
Data load_table(const Options& options, const std::string& file);
Data load_images(const Options& options, const std::string& folder);
Data load_arrays(const Options& options, const std::string& files);
Data load_archive(const Options& options, const std::string& file);
Data load_cifar(const Options& options, const std::string& folder);

// Warns of two names that are mostly one, written in two ways; whether there are such. `what`: "the classes".
bool warn_of_case(const std::string& what, const std::vector<std::string>& names);

// The model that suits columns of numbers.
std::string model_of_columns(const Data& data);

// Puts so many samples aside, drawn with the seed: of each class its share, where each sample has one.
cambium::TrainAndValidation put_aside(std::shared_ptr<const cambium::Dataset> all, std::int64_t count, std::uint64_t seed);

// `all` itself and the test set that the options name, or parts of `all`.
Data with_test(const Options& options, std::shared_ptr<const cambium::Dataset> all, std::shared_ptr<const cambium::Dataset> test);

}  // namespace train
