// JPEG by libjpeg(-turbo): of its two interfaces the old one, which hands out rows, takes every sampling, tells a warning from an
// error, and is found by every CMake. What it costs is setjmp, which libpng wants as well.
// clang-format off
#include <cstddef>
#include <cstdio>
#include <jpeglib.h>  // does not include what it needs
#include <jerror.h>
// clang-format on

#include <new>

#include "cambium/framework/base/error.h"
#include "cambium/framework/data/images/parts/c_call.h"
#include "cambium/framework/data/images/parts/picture_impl.h"
#include "cambium/framework/data/parts/pieces.h"

namespace cambium {
namespace {

// Progressive files are read scan by scan, each over the whole picture, and say how often in a few bytes. Encoders make some ten.
constexpr int most_scans = 100;

class JpegReader {
 public:
  explicit JpegReader(const std::string& who) : who_(who) {
    jpeg_.err = jpeg_std_error(&errors_);
    errors_.error_exit = [](j_common_ptr jpeg) { leave(jpeg); };
    // Negative levels are warnings: data were damaged, and what follows is a guess. Another version of the JFIF header is none.
    errors_.emit_message = [](j_common_ptr jpeg, int level) {
      if (level < 0 && jpeg->err->msg_code != JWRN_JFIF_MAJOR) leave(jpeg);
    };
    errors_.output_message = [](j_common_ptr) {};
    jpeg_.client_data = &call_;
    progress_.progress_monitor = [](j_common_ptr jpeg) {
      if (reinterpret_cast<j_decompress_ptr>(jpeg)->input_scan_number <= most_scans) return;
      static_cast<CCall*>(jpeg->client_data)->note("more scans than any encoder makes");
      static_cast<CCall*>(jpeg->client_data)->leave();
    };
  }
  ~JpegReader() { jpeg_destroy_decompress(&jpeg_); }
  JpegReader(const JpegReader&) = delete;
  JpegReader& operator=(const JpegReader&) = delete;

  // Its members are what the destructor needs, which a constructor that throws would not have.
  void open(std::span<const std::uint8_t> file) {
    run([&] {
      jpeg_create_decompress(&jpeg_);
      jpeg_.progress = &progress_;
      jpeg_mem_src(&jpeg_, file.data(), static_cast<unsigned long>(file.size()));
      jpeg_read_header(&jpeg_, TRUE);
    });
  }
  bool is(const PictureHeader& header) const {
    return jpeg_.image_width == static_cast<unsigned>(header.width) && jpeg_.image_height == static_cast<unsigned>(header.height) &&
           jpeg_.num_components == header.channels;
  }
  void start() {
    jpeg_.out_color_space = jpeg_.num_components == 1 ? JCS_GRAYSCALE : JCS_RGB;
    jpeg_.dct_method = JDCT_ISLOW;
    jpeg_.do_fancy_upsampling = TRUE;
    run([&] { jpeg_start_decompress(&jpeg_); });
  }
  void read_row(std::uint8_t* row) {
    run([&] { jpeg_read_scanlines(&jpeg_, &row, 1); });
  }
  void finish() {
    run([&] { jpeg_finish_decompress(&jpeg_); });
  }

 private:
  [[noreturn]] static void leave(j_common_ptr jpeg) {
    char text[JMSG_LENGTH_MAX];
    jpeg->err->format_message(jpeg, text);
    static_cast<CCall*>(jpeg->client_data)->note(text);
    static_cast<CCall*>(jpeg->client_data)->leave();
  }

  template <class Call>
  void run(Call call) {
    if (call_.run(call)) return;
    if (errors_.msg_code == JERR_OUT_OF_MEMORY) throw std::bad_alloc();
    throw Error(who_ + ": its JPEG data is damaged (" + call_.message() + ")", damaged_picture);
  }

  const std::string& who_;
  CCall call_;
  jpeg_error_mgr errors_ = {};
  jpeg_progress_mgr progress_ = {};
  jpeg_decompress_struct jpeg_ = {};
};

}  // namespace

Picture decode_jpeg(std::span<const std::uint8_t> file, const PictureHeader& header, const std::string& who) {
  JpegReader reader(who);
  reader.open(file);
  if (!reader.is(header)) throw Error(who + ": its JPEG data is damaged (two headers of different sizes)", damaged_picture);
  reader.start();
  const auto width = as_size(header.width), height = as_size(header.height), channels = as_size(header.channels);
  std::vector<std::uint8_t> row(width * channels);
  Pieces<std::uint8_t> rows;  // how many will come is only promised
  for (std::size_t y = 0; y < height; ++y) reader.read_row(row.data()), rows.add(row);
  reader.finish();
  Picture picture = blank_picture(header, who);
  // Each value goes at once to where it is seen: a turned picture takes no more memory than another. Column by column: those of a
  // row may be seen in a column, each in a page of memory of its own.
  const SeenPlaces places = seen_places(header.orientation, header.height, header.width);
  std::size_t before = 0;  // pixels of the pieces before
  rows.hand_over([&](std::span<const std::uint8_t> values) {
    const std::size_t pixels = values.size() / channels;
    for (std::size_t c = 0; c < channels; ++c)
      for (std::size_t i = 0; i < width; ++i) {
        std::ptrdiff_t at = places.at((before + i) / width, (before + i) % width);
        std::uint8_t* const to = picture.bytes.data() + c * width * height;
        for (std::size_t k = i; k < pixels; k += width, at += places.down) to[at] = values[k * channels + c];
      }
    before += pixels;
  });
  return picture;
}

}  // namespace cambium
