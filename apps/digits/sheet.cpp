#include "apps/digits/sheet.h"

#include <new>
#include <vector>

#include "cambium/framework/base/error.h"
#include "cambium/framework/files/atomic_file.h"

#define STB_IMAGE_WRITE_IMPLEMENTATION
#define STB_IMAGE_WRITE_STATIC
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wunused-function"
#include <stb/stb_image_write.h>
#pragma GCC diagnostic pop

void write_sheet(const std::string& path, const cambium::DigitImages& digits, int columns) {
  constexpr int zoom = 2, side = 28 * zoom;
  const int width = columns * side, height = 10 * side;
  std::vector<unsigned char> paper(static_cast<std::size_t>(width) * height, 255);
  int shown[10] = {};
  for (std::size_t i = 0; i < digits.labels.size(); ++i) {
    const int digit = digits.labels[i], column = shown[digit];
    if (column == columns) continue;
    ++shown[digit];
    for (int y = 0; y < side; ++y)
      for (int x = 0; x < side; ++x) {
        const auto from = i * cambium::digit_pixels + static_cast<std::size_t>(y / zoom * 28 + x / zoom);
        const auto to = static_cast<std::size_t>(digit * side + y) * static_cast<std::size_t>(width);
        paper[to + static_cast<std::size_t>(column * side + x)] = static_cast<unsigned char>(255 - digits.images[from]);
      }
  }
  std::vector<unsigned char> png;
  const auto append = [](void* to, void* data, int bytes) {
    const auto* from = static_cast<const unsigned char*>(data);
    static_cast<std::vector<unsigned char>*>(to)->insert(static_cast<std::vector<unsigned char>*>(to)->end(), from, from + bytes);
  };
  if (stbi_write_png_to_func(append, &png, width, height, 1, paper.data(), width) == 0) throw std::bad_alloc();
  cambium::AtomicFile file(path);
  file.write(png.data(), png.size());
  file.commit();
}
