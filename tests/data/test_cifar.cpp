#include <doctest/doctest.h>
#include <sys/stat.h>
#include <zlib.h>

#include <filesystem>
#include <string>
#include <vector>

#include "cambium/framework/base/error.h"
#include "cambium/framework/data/cifar.h"
#include "tests/data/temp_folder.h"

namespace cambium {
namespace {

using cambium_tests::read_bytes;
using cambium_tests::TempFolder;
using cambium_tests::write_bytes;
using doctest::Contains;

// Records whose pixels tell file, record, channel and position.
std::string records(const std::vector<std::string>& labels, int file) {
  std::string bytes;
  for (std::size_t record = 0; record < labels.size(); ++record) {
    bytes += labels[record];
    for (std::size_t at = 0; at < 3072; ++at)
      bytes += static_cast<char>(static_cast<std::size_t>(file) * 41 + record * 17 + at / 1024 * 50 + at % 1024 % 31);
  }
  return bytes;
}

std::string two_records(int file) { return records({std::string(1, static_cast<char>(file)), "\x09"}, file); }

void write_gzip(const std::string& path, const std::string& bytes) {
  gzFile file = gzopen(path.c_str(), "wb");
  REQUIRE(gzwrite(file, bytes.data(), static_cast<unsigned>(bytes.size())) == static_cast<int>(bytes.size()));
  REQUIRE(gzclose(file) == Z_OK);
}

void write_train(const std::string& folder) {
  for (int i = 1; i <= 5; ++i) write_bytes(folder + "/data_batch_" + std::to_string(i) + ".bin", two_records(i));
}

// The bytes of a sample, and its label in the last place.
std::vector<int> sample(const MemoryDataset& set, std::int64_t row) {
  std::vector<real> x(3072);
  std::vector<int> label(1), bytes;
  const View view{x.data(), Shape{3, 32, 32}, 1}, none;
  const std::span<int> labels(label);
  set.fetch({&row, 1}, {&view, 1}, {&labels, 1}, {&none, 1});
  for (const real value : x) bytes.push_back(static_cast<int>(value * 255 + real(0.5)));
  bytes.push_back(label[0]);
  return bytes;
}

std::vector<int> expected(int file, std::size_t record, int label) {
  std::vector<int> bytes;
  const std::string all = records(std::vector<std::string>(record + 1, ""), file);
  for (const char c : all.substr(record * 3072)) bytes.push_back(static_cast<unsigned char>(c));
  bytes.push_back(label);
  return bytes;
}

TEST_CASE("cifar: ten classes in five files, in their order") {
  for (const std::string inner : {"", "/cifar-10-batches-bin"}) {
    const TempFolder folder;
    std::filesystem::create_directories(folder.path() + inner);
    write_train(folder.path() + inner);
    write_gzip(folder.path() + inner + "/test_batch.bin.gz", two_records(7));
    const MemoryDataset train = load_cifar10(folder.path(), Split::train), test = load_cifar10(folder.path(), Split::test);
    CHECK(train.describe() == "10 samples of 3x32x32, 10 classes");
    CHECK(train.class_names().empty());
    for (int row = 0; row < 10; ++row)
      CHECK(sample(train, row) == expected(row / 2 + 1, as_size(row % 2), row % 2 == 0 ? row / 2 + 1 : 9));
    CHECK(test.describe() == "2 samples of 3x32x32, 10 classes");
    CHECK(sample(test, 0) == expected(7, 0, 7));
  }
}

TEST_CASE("cifar: a hundred classes, or the twenty that they belong to") {
  for (const std::string inner : {"", "/cifar-100-binary"}) {
    const TempFolder folder;
    std::filesystem::create_directories(folder.path() + inner);
    write_bytes(folder.path() + inner + "/train.bin", records({"\x13\x63", "\x02\x05"}, 1));
    write_bytes(folder.path() + inner + "/test.bin", records({std::string(2, '\0')}, 2));
    const MemoryDataset fine = load_cifar100(folder.path(), Split::train);
    const MemoryDataset coarse = load_cifar100(folder.path(), Split::train, Cifar100Labels::coarse);
    CHECK(fine.describe() == "2 samples of 3x32x32, 100 classes");
    CHECK(coarse.describe() == "2 samples of 3x32x32, 20 classes");
    CHECK(sample(fine, 0) == expected(1, 0, 99));
    CHECK(sample(fine, 1) == expected(1, 1, 5));
    CHECK(sample(coarse, 0) == expected(1, 0, 19));
    CHECK(sample(coarse, 1) == expected(1, 1, 2));
    CHECK(load_cifar100(folder.path(), Split::test).size() == 1);
  }
}

TEST_CASE("cifar: classes have the names that are there") {
  const TempFolder folder;
  write_bytes(folder.file("test_batch.bin"), two_records(1));
  const std::string path = folder.file("batches.meta.txt");
  write_bytes(path, "airplane\nautomobile\nbird\r\ncat\ndeer\ndog\nfrog\nhorse\nship\ntruck\n\n");
  const auto load = [&] { return load_cifar10(folder.path(), Split::test).class_names(); };
  CHECK(load().size() == 10);
  CHECK(load()[2] == "bird");
  CHECK(load()[9] == "truck");
  write_bytes(path, "airplane\nautomobile\n");
  CHECK_THROWS_WITH_AS(load(), Contains((path + ": has 2 names, and there are 10 classes").c_str()), Error);
  write_bytes(path, "");
  CHECK_THROWS_WITH_AS(load(), Contains("has 0 names"), Error);
  write_bytes(path, "a\nb\n\x1b[2J\n");
  CHECK_THROWS_WITH_AS(load(), Contains("name 2, '\\x1b[2J', cannot be printed"), Error);
  write_bytes(path, std::string(70000, '\n'));
  CHECK_THROWS_WITH_AS(load(), Contains("is too long for names of classes"), Error);
  std::filesystem::remove(path);
  REQUIRE(mkfifo(path.c_str(), 0600) == 0);
  CHECK_THROWS_WITH_AS(load(), Contains("is not a regular file but a pipe"), Error);
  write_bytes(folder.file("test.bin"), records({"\x01\x02"}, 1));
  std::string many, few;
  for (int i = 0; i < 100; ++i) (i < 20 ? few : many) += std::to_string(i) + "\n";
  write_bytes(folder.file("fine_label_names.txt"), few + many);
  write_bytes(folder.file("coarse_label_names.txt"), few);
  CHECK(load_cifar100(folder.path(), Split::test).class_names()[99] == "99");
  CHECK(load_cifar100(folder.path(), Split::test, Cifar100Labels::coarse).class_names().size() == 20);
}

TEST_CASE("cifar: what is wrong is said, with file and record") {
  const TempFolder folder;
  const auto load = [&](Split part) { load_cifar10(folder.path(), part); };
  CHECK_THROWS_WITH_AS(load_cifar10(folder.file("nowhere"), Split::test),
                       Contains("nowhere is not a folder, and test_batch.bin is"), Error);
  CHECK_THROWS_WITH_AS(
      load(Split::test),
      Contains(("no test_batch.bin in " + folder.path() + ": looked for test_batch.bin, test_batch.bin.gz, also in " +
                folder.path() + "/cifar-10-batches-bin")
                   .c_str()),
      Error);
  write_train(folder.path());
  const std::string path = folder.file("data_batch_4.bin");
  std::filesystem::remove(path);
  CHECK_THROWS_WITH_AS(load(Split::train), Contains("no data_batch_4.bin in "), Error);
  std::filesystem::create_directory(folder.file("test_batch.bin"));
  CHECK_THROWS_WITH_AS(load(Split::test), Contains("test_batch.bin: is not a regular file but a folder"), Error);
}

}  // namespace
}  // namespace cambium
