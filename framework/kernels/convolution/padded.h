// An image with zeros left and right of each row, and where two rows share the lanes of a vector, with those two rows side by side,
// value by value. Where nothing of this is needed, the image serves as it is.
#pragma once

#include "cambium/framework/kernels/simd.h"
#include "cambium/framework/kernels/window.h"

namespace cambium::CAMBIUM_ISA {

struct Image {
  int channels, height, width;
};

// With `phases` p > 1 each row is cut into the columns 0, p, 2p .., then 1, p + 1, 2p + 1 .. and so on: what a window that moves by
// p meets lies without gaps. With a group of 2, row r holds the image's rows r and r + apart, from row -apart on or, at most,
// `above` rows before the image; a row that does not exist is 0. Above and below nothing else is written: rows outside the image
// are left out of the sums.
struct Padded {
  Image image;
  int left, group, apart, phases;
  Index first;          // the number of the row that stands first
  Index rows, columns;  // columns: values of a phase of a row
  Index row, plane;     // values of a row, of a channel
  bool copied;          // else the image serves as it is

  Padded(const Image& of, int left_, int right, int group_, int apart_, int above, int phases_ = 1)
      : image(of),
        left(left_),
        group(group_),
        apart(apart_),
        phases(phases_),
        first(group_ == 1      ? 0
              : apart_ < above ? -apart_
                               : -above),
        rows(of.height - first),
        columns(static_cast<Index>((of.width + left_ + right + phases_ - 1) / phases_) * group_),
        row(columns * phases_),
        plane(row * rows),
        copied(group_ > 1 || phases_ > 1 || left_ > 0 || right > 0) {}

  Index values() const { return copied ? plane * image.channels : 0; }
  // The padding in a workspace of `values`, once; then, for each image, the image as it is read.
  void clear(real* workspace) const {
    if (copied) memset(workspace, 0, static_cast<size_t>(values()) * sizeof(real));
  }
  const real* image_of(const real* x, real* workspace) const {
    if (copied) copy(x, workspace);
    return copied ? workspace : x;
  }
  // Of the window's place (row, column), from its first.
  Index offset(int kernel_row, int kernel_column) const {
    return kernel_row * row + kernel_column % phases * columns + kernel_column / phases * group;
  }

 private:
  void copy(const real* x, real* to) const;
};

// What a forward convolution reads.
inline Padded padded_for(const Window& w, int group, int phases) {
  return Padded({w.channels, w.height, w.width}, w.pad_width, w.pad_width, group, w.stride_height, w.pad_height, phases);
}

}  // namespace cambium::CAMBIUM_ISA
