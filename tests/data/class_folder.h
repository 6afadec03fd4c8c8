// Folders of pictures for tests, one folder a class.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "cambium/framework/base/random.h"
#include "cambium/framework/data/dataset.h"
#include "cambium/framework/data/images/picture.h"
#include "tests/data/picture_files.h"
#include "tests/data/temp_folder.h"

namespace cambium_tests {

using namespace cambium;

inline Picture some_picture(int channels, int height, int width, std::uint64_t seed) {
  Picture picture = {channels, height, width, {}};
  for (std::uint64_t i = 0; i < static_cast<std::uint64_t>(channels * height * width); ++i)
    picture.bytes.push_back(static_cast<std::uint8_t>(Random(seed).below(i, 256)));
  return picture;
}

inline void put(const TempFolder& folder, const std::string& name, const std::string& bytes) {
  std::filesystem::create_directories(std::filesystem::path(folder.file(name)).parent_path());
  write_bytes(folder.file(name), bytes);
}

inline std::string png_of(const Picture& picture) {
  const std::vector<std::uint8_t> bytes = encode_png(picture, "it");
  return {bytes.begin(), bytes.end()};
}

inline void put(const TempFolder& folder, const std::string& name, const Picture& picture) { put(folder, name, png_of(picture)); }

struct Fetched {
  std::vector<real> values;
  std::vector<int> labels;
  friend bool operator==(const Fetched&, const Fetched&) = default;
};

inline Fetched fetched(const Dataset& set, const std::vector<std::int64_t>& rows) {
  const Shape shape = set.input_shapes()[0];
  Fetched all = {std::vector<real>(rows.size() * static_cast<std::size_t>(shape.size()), real(-1)), std::vector<int>(rows.size())};
  const View view = {all.values.data(), shape, static_cast<int>(rows.size())}, none = {};
  const std::span<int> labels = all.labels;
  set.fetch(rows, {&view, 1}, {&labels, 1}, {&none, 1});
  return all;
}

inline Fetched fetched(const Dataset& set) {
  std::vector<std::int64_t> rows;
  for (int i = 0; i < set.size(); ++i) rows.push_back(i);
  return fetched(set, rows);
}

inline void put_many(const TempFolder& folder) {
  for (int i = 0; i < 30; ++i) {
    const int height = 8 + i % 3 * 5, width = 9 + i % 2 * 6;
    const std::string name = "class" + std::to_string(i % 4) + "/" + std::to_string(i);
    const Picture picture = some_picture(i % 5 == 0 ? 1 : 3, height, width, static_cast<std::uint64_t>(i));
    if (i % 3 == 1)
      put(folder, name + ".jpg", JpegFile{1, width, height, some_picture(1, height, width, 99).bytes}.bytes());
    else
      put(folder, name + ".png", picture);
  }
}

}  // namespace cambium_tests
