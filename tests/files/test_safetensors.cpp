#include <doctest/doctest.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <csignal>
#include <cstring>
#include <filesystem>

#include "cambium/framework/base/error.h"
#include "cambium/framework/files/damaged_file.h"
#include "cambium/framework/files/safetensors.h"
#include "tests/data/temp_folder.h"
#include "tests/files/faults.h"
#include "tests/support/error_text.h"

namespace cambium {

namespace {

using cambium_tests::read_bytes;
using cambium_tests::TempFolder;
using cambium_tests::write_bytes;

std::string length_bytes(std::uint64_t length) {
  std::string bytes;
  for (int i = 0; i < 8; ++i) bytes += static_cast<char>(length >> (8 * i) & 0xff);
  return bytes;
}

std::string file_of(const std::string& header, std::size_t data_bytes = 0) {
  return length_bytes(header.size()) + header + std::string(data_bytes, 'v');
}

std::string tensor(const std::string& name, const std::string& dtype, const std::string& shape, const std::string& offsets) {
  return "\"" + name + "\":{\"dtype\":\"" + dtype + "\",\"shape\":[" + shape + "],\"data_offsets\":[" + offsets + "]}";
}

template <class T>
std::vector<T> values(const SafetensorsFile::Tensor& tensor) {
  std::vector<T> copied(tensor.bytes.size() / sizeof(T));
  if (!copied.empty()) std::memcpy(copied.data(), tensor.bytes.data(), tensor.bytes.size());
  return copied;
}

int files_in(const std::string& folder) {
  int count = 0;
  for ([[maybe_unused]] const auto& entry : std::filesystem::directory_iterator(folder)) ++count;
  return count;
}

}  // namespace

TEST_CASE("safetensors: what is written is read") {
  const TempFolder folder;
  const std::string path = folder.file("model.safetensors");
  const std::vector<float> weight = {1.5f, -2, 3e-40f, 4, 5, 6};
  const std::vector<double> mean = {0.1, 1e300};
  const std::vector<std::int32_t> where = {-1, 7};
  const std::int64_t step = -5'000'000'000;
  const std::vector<std::uint8_t> pixels = {0, 255, 3};
  const std::vector<NamedTensor> tensors = {
      {"pixels", Dtype::u8, {3}, pixels.data()},      {"model.1.weight", Dtype::f32, {2, 3}, weight.data()},
      {"where", Dtype::i32, {1, 2, 1}, where.data()}, {"step", Dtype::i64, {}, &step},
      {"nothing", Dtype::f32, {4, 0}, nullptr},       {"mean \"quoted\" \xc3\xa9", Dtype::f64, {2}, mean.data()}};
  const Metadata metadata = {{"model", "{\"layers\": [\"dense\"]}\n"}, {"", "empty key"}, {"empty", ""}};
  write_safetensors(path, tensors, metadata);

  const SafetensorsFile file = SafetensorsFile::read(path);
  CHECK(file.path() == path);
  CHECK(file.metadata() == metadata);
  REQUIRE(file.tensors().size() == 6);
  for (const NamedTensor& written : tensors) {
    const auto& read = file.at(written.name);
    CHECK(read.dtype == written.dtype);
    CHECK(read.sizes == written.sizes);
  }
  CHECK(values<float>(file.at("model.1.weight")) == weight);
  CHECK(values<double>(file.at("mean \"quoted\" \xc3\xa9")) == mean);
  CHECK(values<std::int32_t>(file.at("where")) == where);
  CHECK(values<std::int64_t>(file.at("step")) == std::vector<std::int64_t>{step});
  CHECK(file.at("step").count() == 1);
  CHECK(values<std::uint8_t>(file.at("pixels")) == pixels);
  CHECK(file.at("nothing").count() == 0);
  CHECK(file.find("weight") == nullptr);
  CHECK(error_of([&] { file.at("model.1.weigth"); }) ==
        path + ": there is no tensor 'model.1.weigth' (did you mean 'model.1.weight'?); try a name from tensors()");
  CHECK(files_in(folder.path()) == 1);

  // Wider types come first, so every value lies at a multiple of its size.
  for (const auto& read : file.tensors())
    CHECK((read.bytes.data() - file.tensors()[0].bytes.data()) % static_cast<std::ptrdiff_t>(bytes_of(read.dtype)) == 0);
  const std::string first = read_bytes(path);
  write_safetensors(path, tensors, metadata);
  CHECK(read_bytes(path) == first);
}

TEST_CASE("safetensors: a file byte for byte") {
  const TempFolder folder;
  const std::string header = R"({"__metadata__":{"k":"v"},"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}})";
  REQUIRE(header.size() == 79);
  const std::string expected = std::string("\x50\0\0\0\0\0\0\0", 8) + header + " " + std::string("\0\0\x80\x3f\0\0\0\xc0", 8);

  const float a[] = {1, -2};
  write_safetensors(folder.file("written"), std::vector<NamedTensor>{{"a", Dtype::f32, {2}, a}}, {{"k", "v"}});
  CHECK(read_bytes(folder.file("written")) == expected);

  write_bytes(folder.file("by hand"), expected);
  const SafetensorsFile file = SafetensorsFile::read(folder.file("by hand"));
  CHECK(values<float>(file.at("a")) == std::vector<float>{1, -2});
  CHECK(file.metadata() == Metadata{{"k", "v"}});
}

TEST_CASE("safetensors: unusual files that are right") {
  const TempFolder folder;
  const auto read = [&](const std::string& bytes) {
    write_bytes(folder.file("f"), bytes);
    return SafetensorsFile::read(folder.file("f"));
  };
  for (const char* header : {"{}", "{ }   \n"}) {
    const SafetensorsFile none = read(file_of(header));
    CHECK(none.tensors().empty());
  }
  const SafetensorsFile scalar = read(file_of("{" + tensor("a", "BF16", "", "0,2") + "}", 2));
  CHECK(scalar.at("a").sizes.empty());
  const auto backwards = read(file_of("{" + tensor("b", "U8", "1", "2,3") + "," + tensor("a", "I16", "1", "0,2") + "}", 3));
  CHECK(backwards.tensors()[0].name == "a");
  const auto empty = read(file_of("{" + tensor("a", "U8", "2", "0,2") + "," + tensor("z", "F64", "0", "0,0") + "}", 2));
  CHECK(empty.tensors()[0].name == "z");
  const auto escaped = read(file_of("{" + tensor("\\u0041\\/", "BOOL", "1,1,1,1,1,1,1,1", "0,1") + "}", 1));
  CHECK(escaped.at("A/").sizes.size() == 8);
}

TEST_CASE("safetensors: a tensor of a type that is not known here is listed, and refused only when it is asked for") {
  const TempFolder folder;
  const std::string path = folder.file("f");
  for (const std::string type : {"F8_E4M3", "F8_E5M2", "C64", "F4", "MX_6"}) {
    write_bytes(path, file_of("{" + tensor("x", type, "3,2", "0,3") + "," + tensor("a", "U8", "2", "3,5") + "}", 5));
    const SafetensorsFile file = SafetensorsFile::read(path);
    CHECK(values<std::uint8_t>(file.at("a")) == std::vector<std::uint8_t>{'v', 'v'});
    REQUIRE(file.tensors().size() == 2);
    const SafetensorsFile::Tensor& x = file.tensors()[0];
    CHECK(x.name == "x");
    CHECK(x.dtype == Dtype::other);
    CHECK(x.type == type);
    CHECK(x.count() == 6);
    CHECK(file.find("x") == &x);
    CHECK(x.bytes.size() == 3);
    CHECK(file.find("a")->type == "U8");
    CHECK(
        error_of([&] { file.at("x"); }).starts_with(path + ": tensor 'x' is of the type " + type + ", which is not known here; "));
  }
  CHECK(error_of([&] {
          write_safetensors(path, std::vector<NamedTensor>{{"a", Dtype::other, {1}, &path}});
        }) == path + ": tensor 'a' is of a type that is not known here; try another Dtype");
}

TEST_CASE("safetensors: what would be refused is known before") {
  const TempFolder folder;
  const float a[] = {1};
  const auto checked = [&](const std::string& name, const NamedTensor& tensor) {
    return error_of([&] { check_safetensors(folder.file(name), std::span(&tensor, 1)); });
  };
  CHECK(checked("f", {"a", Dtype::f32, {1}, a}) == "");
  CHECK(checked("f", {"\xff", Dtype::f32, {1}, a}) == folder.file("f") + ": '\\xff' is no UTF-8; try plain letters");
  CHECK(checked("none/f", {"a", Dtype::f32, {1}, a}).find("making the folder") != std::string::npos);
  CHECK(files_in(folder.path()) == 0);
}

TEST_CASE("safetensors: interrupted and short reads go on; others are said") {
  const TempFolder folder;
  const std::string path = folder.file("f");
  const float a[] = {1, 2, 3, 4, 5, 6};
  write_safetensors(path, std::vector<NamedTensor>{{"w", Dtype::f32, {2, 3}, a}});
  {
    cambium_tests::Faults faults({.interrupt = true, .most = 3});
    const SafetensorsFile file = SafetensorsFile::read(path);
    CHECK(file.at("w").count() == 6);
  }
  for (int at = 0; at < 4; ++at) {  // open, and three reads
    std::string said;
    {
      cambium_tests::Faults faults({.at = at, .error = EIO});
      said = error_of([&] { SafetensorsFile::read(path); });
    }
    CHECK(said == path + (at == 0 ? ": cannot be read: Input/output error; try another path"
                                  : ": reading stopped: Input/output error; try reading it again"));
  }
}

TEST_CASE("safetensors: every truncation of a file is refused, and every flipped bit of its header read or refused") {
  const TempFolder folder;
  const std::string path = folder.file("f");
  const float a[] = {1, 2, 3, 4, 5, 6};
  write_safetensors(path, std::vector<NamedTensor>{{"w", Dtype::f32, {2, 3}, a}, {"b", Dtype::u8, {3}, a}}, {{"k", "v"}});
  const std::string whole = read_bytes(path);
  for (std::size_t length = 0; length < whole.size(); ++length) {
    write_bytes(path, whole.substr(0, length));
    CHECK_THROWS_AS(SafetensorsFile::read(path), DamagedFile);
  }
  write_bytes(path, whole + "x");
  CHECK_THROWS_AS(SafetensorsFile::read(path), DamagedFile);
  CHECK(error_of([&] { SafetensorsFile::read(path); }).find("belong to no tensor") != std::string::npos);

  for (std::size_t bit = 0; bit < 8 * (whole.size() - 27); ++bit) {
    std::string flipped = whole;
    flipped[bit / 8] = static_cast<char>(flipped[bit / 8] ^ (1 << bit % 8));
    write_bytes(path, flipped);
    try {
      std::size_t bytes = 0;
      const SafetensorsFile file = SafetensorsFile::read(path);
      for (const auto& read : file.tensors()) bytes += read.bytes.size();
      CHECK(bytes == 27);
    } catch (const DamagedFile&) {
    }
  }
}

TEST_CASE("safetensors: paths that cannot be read") {
  const TempFolder folder;
  CHECK(error_of([&] { SafetensorsFile::read(folder.file("none")); }) ==
        folder.file("none") + ": cannot be read: No such file or directory; try another path");
  CHECK(error_of([&] { SafetensorsFile::read(folder.path()); }) ==
        folder.path() + ": is not a regular file but a folder; try another path, or a copy in a file");
  REQUIRE(mkfifo(folder.file("pipe").c_str(), 0600) == 0);
  CHECK(error_of([&] { SafetensorsFile::read(folder.file("pipe")); }) ==
        folder.file("pipe") + ": is not a regular file but a pipe; try another path, or a copy in a file");
  write_bytes(folder.file("f"), file_of("{\"__metadata__\":{\"k\":\"" + std::string(100, 'v') + "\"}}"));
  CHECK(error_of([&] { SafetensorsFile::read(folder.file("f"), {.header_bytes = 64}); }) ==
        folder.file("f") +
            ": a header of 125 bytes, more than 64 allowed; try a file with a shorter header, or a larger Limits::header_bytes");
}

TEST_CASE("safetensors: tensors that cannot be written") {
  const TempFolder folder;
  const float a[] = {1};
  const auto refused = [&](const std::vector<NamedTensor>& tensors, const Metadata& metadata = {}) {
    return error_of([&] { write_safetensors(folder.file("f"), tensors, metadata); }).substr(folder.file("f").size() + 2);
  };
  CHECK(refused({{"", Dtype::f32, {1}, a}}) == "a tensor has an empty name; try plain letters");
  CHECK(refused({{"a\n", Dtype::f32, {1}, a}}) == "the name 'a\\x0a' has control characters; try plain letters");
  CHECK(refused({{"\xff", Dtype::f32, {1}, a}}) == "'\\xff' is no UTF-8; try plain letters");
  CHECK(refused({{"__metadata__", Dtype::f32, {1}, a}}) == "no tensor can be called __metadata__; try another name");
  CHECK(refused({{"a", Dtype::f32, {1}, a}, {"a", Dtype::f64, {0}, a}}) == "two tensors are called 'a'; try another name");
  CHECK(refused({{"a", Dtype::f32, {-1}, a}}) ==
        "tensor 'a' of (-1) has a negative or too large size; try the sizes of its values");
  CHECK(refused({{"a", Dtype::f32, {INT64_MAX, 4}, a}}).find("too large size") != std::string::npos);
  CHECK(refused({{"a", Dtype::f32, {1, 1, 1, 1, 1, 1, 1, 1, 1}, a}}) ==
        "tensor 'a' has more than 8 sizes; try joining some of them");
  CHECK(refused({}, {{"k", "\xff"}}) == "'\\xff' is no UTF-8; try plain letters");
  CHECK(refused({}, {{"k", std::string(16'000'000, 'v')}}) ==
        "the header would be 16000032 bytes, more than 16000000; try less metadata");
  CHECK(files_in(folder.path()) == 0);
}

TEST_CASE("safetensors: a failed write leaves the old file, and nothing else") {
  const TempFolder folder;
  const std::string path = folder.file("f");
  const std::vector<float> values(100'000, 1);
  const std::vector<NamedTensor> small = {{"a", Dtype::f32, {1}, values.data()}};
  const std::vector<NamedTensor> large = {{"a", Dtype::f32, {100'000}, values.data()}};
  write_safetensors(path, small);
  const std::string old = read_bytes(path);

  // Files may not grow beyond 64 kB: the system takes a part of what is written, and then refuses.
  rlimit limit;
  REQUIRE(getrlimit(RLIMIT_FSIZE, &limit) == 0);
  const rlimit short_limit = {65536, limit.rlim_max};
  const auto handler = std::signal(SIGXFSZ, SIG_IGN);
  REQUIRE(setrlimit(RLIMIT_FSIZE, &short_limit) == 0);
  const std::string said = error_of([&] { write_safetensors(path, large); });
  REQUIRE(setrlimit(RLIMIT_FSIZE, &limit) == 0);
  std::signal(SIGXFSZ, handler);
  CHECK(said == path +
                    ": writing stopped after 65536 of 400072 bytes: File too large; try a higher limit for the size of a file "
                    "(ulimit -f)");
  CHECK(read_bytes(path) == old);
  CHECK(files_in(folder.path()) == 1);

  write_safetensors(path, large);
  CHECK(read_bytes(path).size() > 400'000);
  CHECK(files_in(folder.path()) == 1);
}

TEST_CASE("safetensors: targets that cannot be written") {
  const TempFolder folder;
  const auto refused = [&](const std::string& path) { return error_of([&] { write_safetensors(path, {}); }); };
  const std::string missing = folder.file("none/f"), too_long = folder.file(std::string(300, 'n'));
  CHECK(refused(missing) ==
        missing + ": cannot be written: No such file or directory; try making the folder " + folder.file("none") + " first");
  CHECK(refused(folder.path()) == folder.path() + ": is not a regular file but a folder; try the name of a file in it");
  CHECK(refused(too_long) == too_long + ": cannot be written: File name too long; try a shorter name");
  write_bytes(folder.file("file"), "");
  CHECK(refused(folder.file("file/f")).find("Not a directory; try a folder where you may write") != std::string::npos);
  CHECK(files_in(folder.path()) == 1);
}

}  // namespace cambium
