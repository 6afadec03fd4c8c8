#include "cambium/framework/data/idx.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include <algorithm>
#include <atomic>
#include <bit>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <limits>
#include <memory>
#include <utility>

#include "cambium/framework/base/error.h"

namespace cambium {
namespace {

struct NumberType {
  std::uint8_t code;
  const char* name;
};
constexpr NumberType types[] = {{0x08, "u8"},  {0x09, "i8"},  {0x0B, "i16"},
                                {0x0C, "i32"}, {0x0D, "f32"}, {0x0E, "f64"}};  // as in IdxArray

constexpr std::uint64_t most_packing = 1032;  // deflate makes at most so many bytes of one
constexpr std::size_t io_limit = 1u << 30;    // zlib takes unsigned, and gzwrite answers in int

std::string dimensions(const std::vector<int>& sizes) {  // "60000x28x28"
  std::string text;
  for (const int size : sizes) {
    if (!text.empty()) text += 'x';
    text += std::to_string(size);
  }
  return text.empty() ? "none" : text;
}

// The values of this machine in the order of the file, or back.
template <class T>
void swap_to_high_first(T* values, std::size_t n) {
  if constexpr (sizeof(T) > 1 && std::endian::native == std::endian::little)
    for (std::size_t i = 0; i < n; ++i) {
      auto* bytes = reinterpret_cast<unsigned char*>(values + i);
      std::reverse(bytes, bytes + sizeof(T));
    }
}

// ------------------------------------------------------------------------------------------------------------- reading

// A file that is read from front to back, unpacked on the way if it is packed. (gzread would do, but it does not notice when the
// checksum at the end is cut off.)
class Source {
 public:
  explicit Source(const std::string& path) : path_(path), file_(std::fopen(path.c_str(), "rb")) {
    if (file_ == nullptr) throw Error(fmt::format("cannot read {}: {}", path, std::strerror(errno)), "another file name");
    struct stat facts = {};
    if (::fstat(fileno(file_.get()), &facts) != 0 || !S_ISREG(facts.st_mode))
      throw Error(fmt::format("cannot read {}: it is not a file", path), "the name of an IDX file");
    file_size_ = static_cast<std::uint64_t>(facts.st_size);
    refill();
    packed_ = unpacker_.avail_in >= 2 && buffer_[0] == 0x1f && buffer_[1] == 0x8b;
    constexpr int gzip_only = 16 + MAX_WBITS;
    if (packed_ && inflateInit2(&unpacker_, gzip_only) != Z_OK) fail("no memory to unpack it", "closing other programs");
  }
  ~Source() {
    if (packed_) inflateEnd(&unpacker_);
  }
  Source(const Source&) = delete;
  Source& operator=(const Source&) = delete;

  // Reads up to n bytes; fewer only at the end. Throws for a packed file that is damaged or cut off.
  std::size_t read(void* to, std::size_t n) {
    for (std::size_t done = 0; done < n;) {
      const std::size_t got = step(static_cast<unsigned char*>(to) + done, static_cast<unsigned>(std::min(n - done, io_limit)));
      if (got == 0) return done;
      done += got;
    }
    return n;
  }

  [[noreturn]] void fail(const std::string& problem, const std::string& remedy = "getting the file again") const {
    throw Error(path_ + ": " + problem, remedy);
  }

  bool packed() const { return packed_; }
  std::uint64_t file_size() const { return file_size_; }
  // No more bytes than this can come out of it.
  std::uint64_t capacity() const { return packed_ ? file_size_ * most_packing : file_size_; }

 private:
  // The input that waits in the buffer is kept in the unpacker's fields, also where nothing is unpacked.
  bool refill() {
    if (unpacker_.avail_in > 0) return true;
    unpacker_.next_in = buffer_;
    unpacker_.avail_in = static_cast<unsigned>(std::fread(buffer_, 1, sizeof(buffer_), file_.get()));
    if (std::ferror(file_.get())) fail(fmt::format("cannot be read: {}", std::strerror(errno)));
    return unpacker_.avail_in > 0;
  }

  // Some bytes, at most n; 0 only at the end.
  std::size_t step(unsigned char* to, unsigned n) {
    if (!packed_) {
      if (!refill()) return 0;
      n = std::min(n, unpacker_.avail_in);
      std::copy_n(unpacker_.next_in, n, to);
      unpacker_.next_in += n, unpacker_.avail_in -= n;
      return n;
    }
    unpacker_.next_out = to, unpacker_.avail_out = n;
    while (unpacker_.avail_out == n) {
      if (!refill()) {
        if (at_end_) return 0;
        fail("its gzip data is cut off");
      }
      if (at_end_) inflateReset(&unpacker_);  // a gzip file may have several parts
      const int status = inflate(&unpacker_, Z_NO_FLUSH);
      at_end_ = status == Z_STREAM_END;
      if (status != Z_OK && !at_end_)
        fail(fmt::format("its gzip data is damaged ({})", unpacker_.msg != nullptr ? unpacker_.msg : "out of order"));
    }
    return n - unpacker_.avail_out;
  }

  struct Close {
    void operator()(std::FILE* file) const { std::fclose(file); }
  };

  std::string path_;
  std::unique_ptr<std::FILE, Close> file_;
  z_stream unpacker_ = {};
  bool packed_ = false, at_end_ = false;
  std::uint64_t file_size_ = 0;
  unsigned char buffer_[1 << 14];
};

struct Header {
  std::size_t type = 0;  // index into `types`
  std::vector<int> sizes;
  std::uint64_t bytes = 0;  // of the header itself
};

Header read_header(Source& source) {
  unsigned char start[4] = {};
  const std::size_t got = source.read(start, 4);
  if (got < 4) source.fail(fmt::format("{} bytes are no IDX file: the header alone has at least 8", got));
  if (start[0] != 0 || start[1] != 0)
    source.fail(
        fmt::format("begins with bytes {:02x} {:02x}: IDX files begin with 00 00, and packed ones with 1f 8b", start[0], start[1]),
        "an IDX file");
  Header header;
  while (header.type < std::size(types) && types[header.type].code != start[2]) ++header.type;
  if (header.type == std::size(types))
    source.fail(fmt::format("number type 0x{:02x}: IDX knows 0x08 u8, 0x09 i8, 0x0b i16, 0x0c i32, 0x0d f32, 0x0e f64", start[2]),
                "an IDX file");
  if (start[3] < 1 || start[3] > 4)
    source.fail(fmt::format("an array of {} sizes: one to four can be read", start[3]), "another shape");
  for (int axis = 0; axis < start[3]; ++axis) {
    unsigned char b[4] = {};
    if (source.read(b, 4) < 4) source.fail(fmt::format("ends inside its header, which should give {} sizes", start[3]));
    const std::uint32_t size = std::uint32_t{b[0]} << 24 | std::uint32_t{b[1]} << 16 | std::uint32_t{b[2]} << 8 | b[3];
    if (size < 1 || size > static_cast<std::uint32_t>(std::numeric_limits<int>::max()))
      source.fail(fmt::format("size {} is {}: every size must be from 1 to 2^31 - 1", axis, size));
    header.sizes.push_back(static_cast<int>(size));
  }
  header.bytes = 4 + 4 * std::uint64_t{start[3]};
  return header;
}

// How many values the header promises, as far as the file can hold them.
std::uint64_t checked_count(const Source& source, const Header& header, std::uint64_t value_bytes) {
  const std::uint64_t room = source.capacity() > header.bytes ? (source.capacity() - header.bytes) / value_bytes : 0;
  std::uint64_t count = 1;
  bool fits = true;
  for (const int size : header.sizes) {
    const auto factor = static_cast<std::uint64_t>(size);
    fits = fits && count <= room / factor;
    if (fits) count *= factor;
  }
  if (!fits)
    source.fail(fmt::format("the header promises {} values of {} bytes, and a {} of {} bytes cannot hold them",
                            dimensions(header.sizes), value_bytes, source.packed() ? "gzip file" : "file", source.file_size()));
  const std::uint64_t need = header.bytes + count * value_bytes;
  if (!source.packed() && source.file_size() != need)
    source.fail(fmt::format("{} values of {} bytes with their header are {} bytes, and the file has {}: {} too many",
                            dimensions(header.sizes), value_bytes, need, source.file_size(), source.file_size() - need));
  return count;
}

template <class T>
std::vector<T> read_values(Source& source, const Header& header) {
  const auto count = static_cast<std::size_t>(checked_count(source, header, sizeof(T)));
  std::vector<T> values;
  // A packed file may promise much more than it holds, so memory only grows with what has come.
  const std::size_t first = source.packed() ? std::size_t{1} << 16 : count;
  while (values.size() < count) {
    const std::size_t before = values.size(), part = std::min(count - before, std::max(first, before));
    values.resize(before + part);
    const std::size_t got = source.read(values.data() + before, part * sizeof(T));
    if (got < part * sizeof(T))
      source.fail(fmt::format("ends after {} of {} bytes of values ({} of {} bytes)", before * sizeof(T) + got, count * sizeof(T),
                              dimensions(header.sizes), sizeof(T)));
  }
  char extra = 0;
  if (source.read(&extra, 1) != 0)
    source.fail(
        fmt::format("goes on after the {} values of {} bytes that its header promises", dimensions(header.sizes), sizeof(T)));
  swap_to_high_first(values.data(), values.size());
  return values;
}

// Type number i of the file goes into alternative i of the variant.
template <class Values, std::size_t... I>
void read_as(Source& source, const Header& header, Values& values, std::index_sequence<I...>) {
  const auto read = [&]<std::size_t Type>() {
    values = read_values<typename std::variant_alternative_t<Type, Values>::value_type>(source, header);
    return true;
  };
  static_cast<void>(((header.type == I && read.template operator()<I>()) || ...));
}

// ------------------------------------------------------------------------------------------------------------- writing

// A file that appears under its name when all is written, and not at all otherwise.
class Sink {
 public:
  explicit Sink(const std::string& path) : path_(path) {
    static std::atomic<unsigned> counter{0};
    fresh_ = fmt::format("{}.{}.{}.tmp", path, ::getpid(), counter.fetch_add(1));
    const int file = ::open(fresh_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (file < 0) {
      fresh_.clear();  // what is there is not ours
      fail();
    }
    gz_ = gzdopen(file, path.ends_with(".gz") ? "wb6" : "wbT");  // T: as it is
    if (gz_ == nullptr) ::close(file), fail();
  }
  ~Sink() {
    if (gz_ != nullptr) gzclose_w(gz_);
    if (!fresh_.empty()) ::unlink(fresh_.c_str());
  }
  Sink(const Sink&) = delete;
  Sink& operator=(const Sink&) = delete;

  void write(const void* from, std::size_t n) {
    for (std::size_t done = 0; done < n;) {
      const auto part = static_cast<unsigned>(std::min(n - done, io_limit));
      if (gzwrite(gz_, static_cast<const char*>(from) + done, part) != static_cast<int>(part)) fail();
      done += part;
    }
  }

  void finish() {
    const int status = gzclose_w(std::exchange(gz_, nullptr));
    if (status != Z_OK || std::rename(fresh_.c_str(), path_.c_str()) != 0) fail();
    fresh_.clear();
  }

 private:
  [[noreturn]] void fail() {
    const std::string why = std::strerror(errno);
    if (gz_ != nullptr) gzclose_w(std::exchange(gz_, nullptr));
    ::unlink(fresh_.c_str());  // a constructor that throws has no destructor
    throw Error(fmt::format("cannot write {}: {}", path_, why), "another folder, or making room");
  }

  std::string path_, fresh_;
  gzFile gz_ = nullptr;
};

void check_writable(const std::string& path, const IdxArray& array) {
  const std::size_t n = std::visit([](const auto& v) { return v.size(); }, array.values);
  std::uint64_t count = 1;
  bool good = !array.sizes.empty() && array.sizes.size() <= 4;
  for (const int size : array.sizes) {
    good = good && size >= 1 && count <= n / static_cast<std::uint64_t>(size);
    if (good) count *= static_cast<std::uint64_t>(size);
  }
  if (!good || count != n)
    throw Error(fmt::format("cannot write {}: {} values do not fill an array of sizes {}", path, n, dimensions(array.sizes)),
                "one to four sizes of at least 1, whose product is the number of values");
}

template <class T>
void write_values(Sink& sink, const std::vector<T>& values) {
  constexpr std::size_t chunk = 1 << 13;
  T some[chunk];
  for (std::size_t begin = 0; begin < values.size(); begin += chunk) {
    const std::size_t n = std::min(chunk, values.size() - begin);
    std::copy_n(values.data() + begin, n, some);
    swap_to_high_first(some, n);
    sink.write(some, n * sizeof(T));
  }
}

}  // namespace

std::string IdxArray::str() const { return fmt::format("{} of {}", dimensions(sizes), types[values.index()].name); }

IdxArray read_idx(const std::string& path) {
  Source source(path);
  Header header = read_header(source);
  IdxArray array;
  read_as(source, header, array.values, std::make_index_sequence<std::size(types)>());
  array.sizes = std::move(header.sizes);
  return array;
}

void write_idx(const std::string& path, const IdxArray& array) {
  check_writable(path, array);
  Sink sink(path);
  const unsigned char start[4] = {0, 0, types[array.values.index()].code, static_cast<unsigned char>(array.sizes.size())};
  sink.write(start, 4);
  for (const int size : array.sizes) {
    std::int32_t big = size;
    swap_to_high_first(&big, 1);
    sink.write(&big, 4);
  }
  std::visit([&](const auto& values) { write_values(sink, values); }, array.values);
  sink.finish();
}

}  // namespace cambium
