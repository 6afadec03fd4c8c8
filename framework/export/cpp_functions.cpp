#include "cambium/framework/export/cpp_functions.h"

namespace cambium {

using namespace inference;

const char* const cpp_window = R"(
// A window that slides over (channels, height, width), between `pad` values on each side that are not there.
struct Window {
  int channels, height, width, kernel_height, kernel_width, stride_height, stride_width, pad_height, pad_width;
  int out_height, out_width;
};
)";

namespace {

constexpr CppFunction dense = {"dense", R"(
// y_o = b_o + sum over i of w_oi x_i
void dense(const float* x, float* y, int inputs, int outputs, const float* w, const float* b) {
  for (int o = 0; o < outputs; ++o, w += inputs) {
    float sum = b ? b[o] : 0.0f;
    for (int i = 0; i < inputs; ++i) sum += w[i] * x[i];
    y[o] = sum;
  }
}
)"};

constexpr CppFunction conv = {"conv", R"(
// y_f(i, j) = b_f + sum over c, u, v of w_fc(u, v) x_c(i s + u - pad, j s + v - pad), of what lies inside of x
void conv(const float* x, float* y, int filters, const Window& n, const float* w, const float* b) {
  const int kernel = n.kernel_height * n.kernel_width;
  for (int f = 0; f < filters; ++f, w += n.channels * kernel) {
    for (int i = 0; i < n.out_height; ++i) {
      for (int j = 0; j < n.out_width; ++j) {
        float sum = b ? b[f] : 0.0f;
        for (int c = 0; c < n.channels; ++c) {
          for (int u = 0; u < n.kernel_height; ++u) {
            const int row = i * n.stride_height + u - n.pad_height;
            if (row < 0 || row >= n.height) continue;
            for (int v = 0; v < n.kernel_width; ++v) {
              const int column = j * n.stride_width + v - n.pad_width;
              if (column < 0 || column >= n.width) continue;
              sum += w[c * kernel + u * n.kernel_width + v] * x[(c * n.height + row) * n.width + column];
            }
          }
        }
        *y++ = sum;
      }
    }
  }
}
)",
                              true};

constexpr CppFunction max_pool = {"max_pool", R"(
// y_c(i, j) = the largest x_c under the window, or a NaN that is there
void max_pool(const float* x, float* y, const Window& n) {
  for (int c = 0; c < n.channels; ++c, x += n.height * n.width) {
    for (int i = 0; i < n.out_height; ++i) {
      for (int j = 0; j < n.out_width; ++j) {
        bool first = true;
        float most = 0.0f;
        for (int u = 0; u < n.kernel_height; ++u) {
          const int row = i * n.stride_height + u - n.pad_height;
          if (row < 0 || row >= n.height) continue;
          for (int v = 0; v < n.kernel_width; ++v) {
            const int column = j * n.stride_width + v - n.pad_width;
            if (column < 0 || column >= n.width) continue;
            const float value = x[row * n.width + column];
            if (first || value > most || value != value) most = value;
            first = false;
          }
        }
        *y++ = most;
      }
    }
  }
}
)",
                                  true};

constexpr CppFunction channel_map = {"channel_map", R"(
// y = (x + before_c) scale_c + after_c over runs of `run` values, one for each channel; each of the three may be missing
void channel_map(const float* x, float* y, int channels, int run, const float* before, const float* scale, const float* after) {
  for (int c = 0; c < channels; ++c) {
    const float b = before ? before[c] : 0.0f, s = scale ? scale[c] : 1.0f, a = after ? after[c] : 0.0f;
    for (int i = 0; i < run; ++i) *y++ = (*x++ + b) * s + a;
  }
}
)"};

constexpr CppFunction sample_norm = {"sample_norm", R"(
// y = (x - mean) / sqrt(mean of (x - mean)^2 + epsilon) over each group of n values; the mean counts as 0 unless it is `centred`
void sample_norm(const float* x, float* y, int groups, int n, bool centred, double epsilon) {
  for (int g = 0; g < groups; ++g, x += n, y += n) {
    double mean = 0, square = 0;
    if (centred) {
      for (int i = 0; i < n; ++i) mean += x[i];
      mean /= n;
    }
    for (int i = 0; i < n; ++i) square += (x[i] - mean) * (x[i] - mean);
    const double scale = 1 / sqrt(square / n + epsilon);
    for (int i = 0; i < n; ++i) y[i] = static_cast<float>((x[i] - mean) * scale);
  }
}
)",
                                     false, true};

constexpr CppFunction softmax = {"softmax", R"(
// y_c = exp(x_c) / sum over c of exp(x_c), at each of `positions`
void softmax(const float* x, float* y, int channels, int positions) {
  for (int i = 0; i < positions; ++i) {
    float most = x[i], sum = 0.0f;
    for (int c = 1; c < channels; ++c) most = x[c * positions + i] > most ? x[c * positions + i] : most;
    for (int c = 0; c < channels; ++c) sum += y[c * positions + i] = expf(x[c * positions + i] - most);
    for (int c = 0; c < channels; ++c) y[c * positions + i] /= sum;
  }
}
)",
                                 false, true};

constexpr CppFunction relu = {"relu", R"(
// y = max(x, 0); NaN stays NaN
void relu(const float* x, float* y, int n) {
  for (int i = 0; i < n; ++i) y[i] = x[i] < 0.0f ? 0.0f : x[i];
}
)"};

constexpr CppFunction hyperbolic_tangent = {"hyperbolic_tangent", R"(
// y = tanh x
void hyperbolic_tangent(const float* x, float* y, int n) {
  for (int i = 0; i < n; ++i) y[i] = tanhf(x[i]);
}
)",
                                            false, true};

constexpr CppFunction logistic = {"logistic", R"(
// y = 1 / (1 + exp(-x))
void logistic(const float* x, float* y, int n) {
  for (int i = 0; i < n; ++i) y[i] = 1.0f / (1.0f + expf(-x[i]));
}
)",
                                  false, true};

constexpr CppFunction clip = {"clip", R"(
// y = x between -bound and bound, else the nearer of them; NaN stays NaN
void clip(const float* x, float* y, int n, float bound) {
  for (int i = 0; i < n; ++i) y[i] = x[i] > bound ? bound : x[i] < -bound ? -bound : x[i];
}
)"};

constexpr CppFunction add = {"add", R"(
// y = a + b
void add(const float* a, const float* b, float* y, int n) {
  for (int i = 0; i < n; ++i) y[i] = a[i] + b[i];
}
)"};

constexpr CppFunction subtract = {"subtract", R"(
// y = a - b
void subtract(const float* a, const float* b, float* y, int n) {
  for (int i = 0; i < n; ++i) y[i] = a[i] - b[i];
}
)"};

constexpr CppFunction channel_mean = {"channel_mean", R"(
// y_c = the mean of the n values of each channel
void channel_mean(const float* x, float* y, int channels, int n) {
  for (int c = 0; c < channels; ++c) {
    double sum = 0;
    for (int i = 0; i < n; ++i) sum += *x++;
    y[c] = static_cast<float>(sum / n);
  }
}
)"};

constexpr CppFunction pad_channels = {"pad_channels", R"(
// y = the n values of x, and zeros up to `all`
void pad_channels(const float* x, float* y, int n, int all) {
  for (int i = 0; i < all; ++i) y[i] = i < n ? x[i] : 0.0f;
}
)"};

constexpr CppFunction copy = {"copy", R"(
// y = x
void copy(const float* x, float* y, int n) {
  for (int i = 0; i < n; ++i) y[i] = x[i];
}
)"};

struct Of {
  const CppFunction& operator()(const Gemm&) const { return dense; }
  const CppFunction& operator()(const Conv&) const { return conv; }
  const CppFunction& operator()(const Map&) const { return channel_map; }
  const CppFunction& operator()(const MaxPool&) const { return max_pool; }
  const CppFunction& operator()(const Softmax&) const { return softmax; }
  const CppFunction& operator()(const form::Pointwise& pointwise) const {
    using Function = form::Pointwise::Function;
    return pointwise.function == Function::relu ? relu : pointwise.function == Function::tanh ? hyperbolic_tangent : logistic;
  }
  const CppFunction& operator()(const form::Clip&) const { return clip; }
  const CppFunction& operator()(const form::SampleNorm&) const { return sample_norm; }
  const CppFunction& operator()(const form::Join& join) const {
    using How = form::Join::How;
    return join.how == How::sum ? add : join.how == How::difference ? subtract : copy;
  }
  const CppFunction& operator()(const form::ChannelMean&) const { return channel_mean; }
  const CppFunction& operator()(const form::PadChannels&) const { return pad_channels; }
  const CppFunction& operator()(const form::Reshape&) const { return copy; }
};

}  // namespace

const CppFunction& cpp_function(const What& what) { return std::visit(Of{}, what); }
const CppFunction& cpp_copy() { return copy; }

}  // namespace cambium
