#include "cambium/framework/data/cifar.h"

#include <fmt/format.h>

#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include "cambium/framework/base/error.h"
#include "cambium/framework/base/text.h"
#include "cambium/framework/data/parts/image_files.h"
#include "cambium/framework/data/parts/pieces.h"
#include "cambium/framework/data/parts/unpacked_file.h"

namespace cambium {
namespace {

constexpr std::size_t pixel_bytes = 3 * 32 * 32;
constexpr std::uint64_t most_unpacked = std::uint64_t{1} << 31;

using Folders = std::vector<std::string>;

struct Form {
  std::vector<int> classes;  // of each label of a record
  std::size_t wanted = 0;    // which of them
  std::size_t bytes() const { return classes.size() + pixel_bytes; }
};

struct Records {
  Pieces<std::uint8_t> pixels;  // a packed file does not tell how many will come
  Pieces<int> labels;
};

void add_record(const UnpackedFile& file, std::size_t number, const Form& form, const std::vector<unsigned char>& record,
                Records& all) {
  for (std::size_t i = 0; i < form.classes.size(); ++i)
    if (record[i] >= form.classes[i])
      file.fail(fmt::format("record {} has label {}, and {} classes have labels from 0 to {}", number, record[i], form.classes[i],
                            form.classes[i] - 1),
                "the binary version of the data set");
  const int label = record[form.wanted];
  all.labels.add({&label, 1});
  all.pixels.add(std::span(record).last(pixel_bytes));
}

void add_file(const std::string& path, const Form& form, Records& all) {
  UnpackedFile file(path);
  const std::uint64_t size = file.file_size();
  if (!file.packed() && size % form.bytes() != 0)
    file.fail(fmt::format("{} bytes are {} records of {} bytes, and {} bytes more", size, size / form.bytes(), form.bytes(),
                          size % form.bytes()));
  std::vector<unsigned char> record(form.bytes());
  std::size_t count = 0;
  for (std::size_t got = 0; (got = file.read(record.data(), record.size())) > 0; ++count) {
    if (got < record.size()) file.fail(fmt::format("ends after {} of the {} bytes of record {}", got, record.size(), count));
    if (file.packed() && (count + 1) * form.bytes() > most_unpacked)
      file.fail(fmt::format("{} bytes unpack to more than {}", size, most_unpacked), "unpacking it before");
    add_record(file, count, form, record, all);
  }
  if (count == 0) file.fail("has no records");
}

// One in each line; empty lines, as at the end, are left out.
std::vector<std::string> read_names(const std::string& path, int classes) {
  if (path.empty()) return {};
  UnpackedFile file(path);
  std::string text(1 << 16, '\0');
  text.resize(file.read(text.data(), text.size()));
  if (text.size() == 1 << 16) file.fail("is too long for names of classes");
  std::vector<std::string> names;
  for (std::string_view rest = text; !rest.empty();) {
    const std::size_t end = std::min(rest.find('\n'), rest.size());
    std::string_view name = rest.substr(0, end);
    if (name.ends_with('\r')) name.remove_suffix(1);
    if (shown(name) != name)
      file.fail(fmt::format("name {}, {}, cannot be printed", names.size(), in_quotes(name)), "another name");
    if (!name.empty()) names.emplace_back(name);
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  if (names.size() != as_size(classes))
    file.fail(fmt::format("has {} names, and there are {} classes", names.size(), classes), "a name in each line");
  return names;
}

MemoryDataset load(const Folders& folders, const std::vector<std::string>& files, const Form& form, const std::string& name_file) {
  std::vector<std::string> paths;
  for (const std::string& name : files) paths.push_back(find_data_file(name, folders, {name, name + ".gz"}));
  const int classes = form.classes[form.wanted];
  std::vector<std::string> names = read_names(seek_data_file(folders, {name_file}), classes);
  Records all;
  for (const std::string& path : paths) add_file(path, form, all);
  MemoryDataset set({3, 32, 32}, all.pixels.joined(), all.labels.joined(), classes);
  return set.name_classes(std::move(names));
}

}  // namespace

MemoryDataset load_cifar10(const std::string& folder, Split part) {
  std::vector<std::string> files;
  for (int i = 1; part == Split::train && i <= 5; ++i) files.push_back(fmt::format("data_batch_{}.bin", i));
  if (part == Split::test) files.push_back("test_batch.bin");
  return load({folder, folder + "/cifar-10-batches-bin"}, files, {{10}, 0}, "batches.meta.txt");
}

MemoryDataset load_cifar100(const std::string& folder, Split part, Cifar100Labels labels) {
  const bool fine = labels == Cifar100Labels::fine;
  return load({folder, folder + "/cifar-100-binary"}, {part == Split::train ? "train.bin" : "test.bin"},
              {{20, 100}, fine ? 1u : 0u}, fine ? "fine_label_names.txt" : "coarse_label_names.txt");
}

}  // namespace cambium
