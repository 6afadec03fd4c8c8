// PNG by libpng: rows as they are stored, without its transformations of colour, which for depth and alpha would not be those that
// picture.h says.
#include <png.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <new>

#include "cambium/framework/base/error.h"
#include "cambium/framework/data/images/parts/c_call.h"
#include "cambium/framework/data/images/parts/picture_impl.h"

namespace cambium {
namespace {

constexpr std::uint32_t opaque = 255;

[[noreturn]] void leave_png(png_structp png, png_const_charp message) {
  static_cast<CCall*>(png_get_error_ptr(png))->note(message);
  static_cast<CCall*>(png_get_error_ptr(png))->leave();
}

// What a warning is about is damage, and the first one is kept; the call goes on.
void note_png(png_structp png, png_const_charp message) { static_cast<CCall*>(png_get_error_ptr(png))->note(message); }

// ------------------------------------------------------------------------------------------------------------- reading

class PngReader {
 public:
  PngReader(std::span<const std::uint8_t> file, const std::string& who) : file_(file), who_(who) {}
  ~PngReader() { png_destroy_read_struct(&png_, &info_, nullptr); }
  PngReader(const PngReader&) = delete;
  PngReader& operator=(const PngReader&) = delete;

  void open() {
    png_ = png_create_read_struct(PNG_LIBPNG_VER_STRING, &call_, leave_png, note_png);
    info_ = png_ == nullptr ? nullptr : png_create_info_struct(png_);
    if (info_ == nullptr) throw std::bad_alloc();
    run([&] {
      png_set_read_fn(png_, this, read);
      png_set_user_limits(png_, PNG_UINT_31_MAX, PNG_UINT_31_MAX);  // the header was checked
      // Text, profiles and gamma are not even unpacked; what is left is IHDR, PLTE, tRNS, IDAT and IEND.
      png_set_keep_unknown_chunks(png_, PNG_HANDLE_CHUNK_NEVER, nullptr, -1);
      png_set_crc_action(png_, PNG_CRC_ERROR_QUIT, PNG_CRC_ERROR_QUIT);
      png_read_info(png_, info_);
      png_set_packing(png_);
      if (png_get_color_type(png_, info_) == PNG_COLOR_TYPE_GRAY) png_set_expand(png_);
      if (png_get_color_type(png_, info_) == PNG_COLOR_TYPE_RGB) png_set_tRNS_to_alpha(png_);
      passes_ = png_set_interlace_handling(png_);
      png_read_update_info(png_, info_);
    });
  }

  bool is(const PictureHeader& header) const {
    return png_get_image_width(png_, info_) == static_cast<unsigned>(header.width) &&
           png_get_image_height(png_, info_) == static_cast<unsigned>(header.height);
  }
  int passes() const { return passes_; }
  std::size_t row_bytes() const { return png_get_rowbytes(png_, info_); }
  std::size_t samples() const { return png_get_channels(png_, info_); }  // of a pixel; alpha is one
  bool wide() const { return png_get_bit_depth(png_, info_) == 16; }
  bool has_palette() const { return png_get_color_type(png_, info_) == PNG_COLOR_TYPE_PALETTE; }
  bool has_alpha() const { return (png_get_color_type(png_, info_) & PNG_COLOR_MASK_ALPHA) != 0; }

  using Color = std::array<std::uint8_t, 4>;  // alpha last
  std::vector<Color> palette() {
    png_colorp colors = nullptr;
    png_bytep alphas = nullptr;
    int count = 0, with_alpha = 0;
    run([&] {
      png_get_PLTE(png_, info_, &colors, &count);
      png_get_tRNS(png_, info_, &alphas, &with_alpha, nullptr);
    });
    std::vector<Color> all;
    for (int i = 0; i < count; ++i)
      all.push_back({colors[i].red, colors[i].green, colors[i].blue, i < with_alpha ? alphas[i] : std::uint8_t{opaque}});
    return all;
  }

  void read_row(std::uint8_t* row) {
    run([&] { png_read_row(png_, row, nullptr); });
  }
  void finish() {
    run([&] { png_read_end(png_, nullptr); });
  }
  [[noreturn]] void fail(const std::string& damage) const {
    throw Error(who_ + ": its PNG data is damaged (" + damage + ")", damaged_picture);
  }

 private:
  static void read(png_structp png, png_bytep to, std::size_t bytes) {
    auto& reader = *static_cast<PngReader*>(png_get_io_ptr(png));
    if (bytes > reader.file_.size()) png_error(png, "it is cut off");
    std::copy_n(reader.file_.data(), bytes, to);
    reader.file_ = reader.file_.subspan(bytes);
  }

  template <class Call>
  void run(Call call) {
    if (!call_.run(call) || call_.message()[0] != 0) fail(call_.message());
  }

  std::span<const std::uint8_t> file_;  // what is still to be read
  const std::string& who_;
  CCall call_;
  png_structp png_ = nullptr;
  png_infop info_ = nullptr;
  int passes_ = 1;
};

// Every sample is made one of 16 bits, and in the end a byte again.
constexpr std::uint32_t most = 65535;

struct Wide {
  static std::uint32_t at(const std::uint8_t* row, std::size_t i) { return std::uint32_t{row[2 * i]} << 8 | row[2 * i + 1]; }
};
struct Narrow {
  static std::uint32_t at(const std::uint8_t* row, std::size_t i) { return std::uint32_t{row[i]} * 257; }
};

// What is seen where v with alpha a lies on a background.
std::uint32_t over(std::uint32_t v, std::uint32_t a, std::uint32_t background) {
  return (v * a + background * (most - a) + most / 2) / most;
}

// How the samples of a row become channels.
struct RowChange {
  std::size_t width, plane, channels, samples;
  bool alpha;
  Transparency transparency;

  template <class Sample>
  void apply(const std::uint8_t* row, std::uint8_t* to) const {
    const bool blend = alpha && transparency != Transparency::ignored;
    const std::uint32_t background = transparency == Transparency::on_white ? most : 0;
    for (std::size_t x = 0; x < width; ++x)
      for (std::size_t c = 0; c < channels; ++c) {
        std::uint32_t v = Sample::at(row, x * samples + c);
        if (blend) v = over(v, Sample::at(row, x * samples + channels), background);
        to[c * plane + x] = static_cast<std::uint8_t>(v / 257);
      }
  }
};

void colors_of(const std::vector<PngReader::Color>& palette, std::span<const std::uint8_t> row, const PngReader& reader,
               std::vector<std::uint8_t>& colors) {
  for (std::size_t x = 0; x < row.size(); ++x) {
    if (row[x] >= palette.size()) reader.fail("a colour that is not in its palette");
    std::copy_n(palette[row[x]].data(), 4, colors.data() + 4 * x);
  }
}

}  // namespace

Picture decode_png(std::span<const std::uint8_t> file, const PictureHeader& header, const std::string& who,
                   Transparency transparency) {
  check_png_data(file, header, who);
  PngReader reader(file, who);
  reader.open();
  if (!reader.is(header)) reader.fail("two headers of different sizes");
  // Of an interlaced picture no row is complete before the last pass.
  const std::size_t kept_rows = reader.passes() > 1 ? as_size(header.height) : 1;
  Picture picture = blank_picture(header, who);
  const std::vector<PngReader::Color> palette = reader.has_palette() ? reader.palette() : std::vector<PngReader::Color>();
  const bool colored = reader.has_palette();
  const auto width = as_size(header.width), height = as_size(header.height);
  const RowChange change = {
      width, width * height, as_size(header.channels), colored ? 4 : reader.samples(), colored || reader.has_alpha(), transparency};
  std::vector<std::uint8_t> rows(reader.row_bytes() * kept_rows), colors(colored ? 4 * width : 0);
  const auto row_at = [&](std::size_t y) { return rows.data() + (kept_rows > 1 ? y * reader.row_bytes() : 0); };
  for (int pass = 1; pass <= reader.passes(); ++pass)
    for (std::size_t y = 0; y < height; ++y) {
      reader.read_row(row_at(y));
      if (pass < reader.passes()) continue;
      std::uint8_t* const to = picture.bytes.data() + y * width;
      if (colored) colors_of(palette, {row_at(y), width}, reader, colors);
      if (colored)
        change.apply<Narrow>(colors.data(), to);
      else if (reader.wide())
        change.apply<Wide>(row_at(y), to);
      else
        change.apply<Narrow>(row_at(y), to);
    }
  reader.finish();
  return picture;
}

// ------------------------------------------------------------------------------------------------------------- writing

namespace {

class PngWriter {
 public:
  ~PngWriter() {
    png_destroy_write_struct(&png_, &info_);
    std::free(file_);
  }
  PngWriter() = default;
  PngWriter(const PngWriter&) = delete;
  PngWriter& operator=(const PngWriter&) = delete;

  void start(const Picture& picture) {
    png_ = png_create_write_struct(PNG_LIBPNG_VER_STRING, &call_, leave_png, note_png);
    info_ = png_ == nullptr ? nullptr : png_create_info_struct(png_);
    if (info_ == nullptr) throw std::bad_alloc();
    run([&] {
      png_set_write_fn(png_, this, write, nullptr);
      png_set_user_limits(png_, PNG_UINT_31_MAX, PNG_UINT_31_MAX);
      png_set_IHDR(png_, info_, static_cast<unsigned>(picture.width), static_cast<unsigned>(picture.height), 8,
                   picture.channels == 1 ? PNG_COLOR_TYPE_GRAY : PNG_COLOR_TYPE_RGB, PNG_INTERLACE_NONE,
                   PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
      png_write_info(png_, info_);
    });
  }
  void write_row(const std::uint8_t* row) {
    run([&] { png_write_row(png_, row); });
  }
  std::vector<std::uint8_t> finish() {
    run([&] { png_write_end(png_, nullptr); });
    return {file_, file_ + size_};
  }

 private:
  static void write(png_structp png, png_bytep from, std::size_t bytes) {
    auto& writer = *static_cast<PngWriter*>(png_get_io_ptr(png));
    if (bytes > writer.room_ - writer.size_) {
      const std::size_t room = std::max(2 * writer.room_, writer.size_ + bytes);
      void* const larger = std::realloc(writer.file_, room);
      if (larger == nullptr) png_error(png, "no memory");
      writer.file_ = static_cast<std::uint8_t*>(larger), writer.room_ = room;
    }
    std::copy_n(from, bytes, writer.file_ + writer.size_);
    writer.size_ += bytes;
  }

  // The picture was checked: what is left to go wrong is memory.
  template <class Call>
  void run(Call call) {
    if (!call_.run(call)) throw std::bad_alloc();
  }

  CCall call_;
  png_structp png_ = nullptr;
  png_infop info_ = nullptr;
  std::uint8_t* file_ = nullptr;  // by malloc: an exception may not pass through libpng
  std::size_t size_ = 0, room_ = 0;
};

}  // namespace

std::vector<std::uint8_t> encode_png(const Picture& picture, const std::string& who) {
  check_picture(picture, who + ": cannot be written");
  const auto width = as_size(picture.width), plane = width * as_size(picture.height), channels = as_size(picture.channels);
  PngWriter writer;
  writer.start(picture);
  std::vector<std::uint8_t> row(width * channels);
  for (std::size_t at = 0; at < plane; at += width) {
    for (std::size_t x = 0; x < width; ++x)
      for (std::size_t c = 0; c < channels; ++c) row[x * channels + c] = picture.bytes[c * plane + at + x];
    writer.write_row(row.data());
  }
  return writer.finish();
}

}  // namespace cambium
