#include "cambium/framework/data/digits/digits.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "cambium/framework/base/error.h"
#include "cambium/framework/base/portable_math.h"
#include "cambium/framework/base/random.h"
#include "cambium/framework/base/thread_pool.h"
#include "cambium/framework/data/digits/pen.h"
#include "cambium/framework/data/digits/strokes.h"

namespace cambium {

namespace {

using pen::Knot, pen::Path, pen::Point, pen::Skeleton;

constexpr int training_writers = 400, test_writers = 200;
enum Stream : std::uint64_t { label_stream, writer_stream, style_stream, sample_stream };
constexpr std::uint64_t choices = 10;  // a part of a writer's stream, beside one for each digit

// The standard deviations that make one writer, and one sample of a writer, differ from the next, at difficulty 1.
// Lengths are parts of the height of the digit, angles turns, and widths and aspects logarithms.
struct Spread {
  double knot, slant, rotation, aspect, width;
};
constexpr Spread between_writers = {0.038, 0.25, 0.013, 0.165, 0.21};
constexpr Spread between_samples = {0.019, 0.095, 0.021, 0.105, 0.10};
constexpr Spread most = {0, 0.48, 0.045, 0.29, 0.35};      // both together, or digits become hard to read
constexpr double warp_strength[] = {0.095, 0.052, 0.013};  // at about 0.5, 1 and 2 waves per height
constexpr double typical_half_width = 1.25;                // pixels
constexpr double usual_slant = 0.18, usual_aspect = 0.11;

// Numbers of one stream, one after the other.
class Dice {
 public:
  Dice(Random random, double difficulty) : random_(random), difficulty_(difficulty) {}
  // Normal, cut at 2.2 deviations: beyond that, digits become hard to read.
  double deviation(double sd) { return difficulty_ * sd * std::clamp(random_.normal(next_++), -2.2, 2.2); }
  double spread(double low, double high) { return difficulty_ * random_.uniform(next_++, low, high); }
  double uniform(double low = 0, double high = 1) { return random_.uniform(next_++, low, high); }

 private:
  Random random_;
  std::uint64_t next_ = 0;
  double difficulty_;
};

Random stream(std::uint64_t seed, Stream stream, Split split) { return Random(seed).of(stream).of(split == Split::train ? 0 : 1); }

// One draw of all that a spread describes.
struct Manner {
  double slant, rotation, aspect, width;
};
Manner together(const Manner& a, const Manner& b) {
  const auto sum = [](double x, double y, double limit) { return std::clamp(x + y, -limit, limit); };
  return {sum(a.slant, b.slant, most.slant), sum(a.rotation, b.rotation, most.rotation), sum(a.aspect, b.aspect, most.aspect),
          sum(a.width, b.width, most.width)};
}
Manner manner(Dice& dice, const Spread& spread) {
  Manner manner;
  manner.slant = dice.deviation(spread.slant), manner.rotation = dice.deviation(spread.rotation);
  manner.aspect = dice.deviation(spread.aspect), manner.width = dice.deviation(spread.width);
  return manner;
}

// How far a knot lies off, when the one before it lies `before` off: neighbours move together, so that curves stay smooth.
Point shaken(Point before, Dice& dice, double sd) {
  return {0.6 * before.x + dice.deviation(0.8 * sd), 0.6 * before.y + dice.deviation(0.8 * sd)};
}

// The habits of a writer when writing one digit: which way, and where the points of the path lie.
struct Habit {
  const Skeleton* skeleton;
  std::array<Point, pen::most_knots> knots;
};
Habit habit(Random writer, int digit, double difficulty, double choice) {
  const auto ways = pen::digit_skeletons(digit);
  double total = 0;
  for (const auto& way : ways) total += way.weight;
  std::size_t way = 0;
  for (double left = choice * total - ways[0].weight; left >= 0 && way + 1 < ways.size(); left -= ways[way].weight) ++way;

  Habit habit{&ways[way], {}};
  Dice dice(writer.of(static_cast<std::uint64_t>(digit)).of(way), difficulty);
  Point off;
  for (std::size_t i = 0; i < habit.skeleton->knots.size(); ++i) {
    const Knot& knot = habit.skeleton->knots[i];
    off = shaken(off, dice, between_writers.knot);
    habit.knots[i] = {0.01 * knot.x + off.x, 0.01 * knot.y + off.y};
  }
  return habit;
}

// The path of the pen, not yet slanted, bent or placed.
Path write(const Habit& habit, double roundness, Dice& dice) {
  std::array<Point, pen::most_knots> p;
  std::array<double, pen::most_knots> bend;
  const auto knots = habit.skeleton->knots;
  Point off;
  for (std::size_t i = 0; i < knots.size(); ++i) {
    off = shaken(off, dice, between_samples.knot);
    p[i] = {habit.knots[i].x + off.x, habit.knots[i].y + off.y};
    bend[i] = knots[i].pen == Knot::turn ? roundness : 1;
  }
  Path path;
  for (std::size_t begin = 0, end; begin < knots.size(); begin = end) {
    for (end = begin + 1; end < knots.size() && knots[end].pen != Knot::down;) ++end;
    const double cut_start = dice.spread(-0.15, 0.25), cut_end = dice.spread(-0.15, 0.25);
    pen::add_spline(path, {&p[begin], end - begin}, {&bend[begin], end - begin}, 0.06, cut_start, cut_end);
  }
  return path;
}

// Moves every point: a smooth warp, then slant, aspect and rotation.
void deform(Path& path, const Manner& manner, Dice& dice) {
  struct Wave {
    double x, y, phase, dx, dy;
  };
  std::array<Wave, std::size(warp_strength)> waves;
  double frequency = 0.5;
  for (std::size_t i = 0; i < waves.size(); ++i, frequency *= 2) {
    const double direction = dice.uniform();
    waves[i] = {frequency * portable_math::cos_turns(direction), frequency * portable_math::sin_turns(direction), dice.uniform(),
                dice.deviation(warp_strength[i]), dice.deviation(0.6 * warp_strength[i])};
  }
  const double c = portable_math::cos_turns(manner.rotation), s = portable_math::sin_turns(manner.rotation);
  const double wide = portable_math::exp(usual_aspect + manner.aspect);
  // Slant and rotation lean the same way, and a 7 that leans too far is an arrow.
  const double slant = std::clamp(usual_slant + manner.slant, -0.35 - s, 0.62 - s);
  const auto move = [&](Point p) {
    Point moved = p;
    for (const auto& wave : waves) {
      const double height = portable_math::sin_turns(wave.x * p.x + wave.y * p.y + wave.phase);
      moved.x += wave.dx * height, moved.y += wave.dy * height;
    }
    const double x = wide * moved.x - slant * moved.y, y = moved.y;
    return Point{c * x - s * y, s * x + c * y};
  };
  for (int i = 0; i < path.count; ++i) {
    auto& piece = path.pieces[as_size(i)];
    piece.from = move(piece.from), piece.to = move(piece.to);
  }
}

// Presses the pen harder here and softer there.
void press(Path& path, Dice& dice) {
  const double phase = dice.uniform(), strength = dice.deviation(0.12), waves = dice.uniform(0.3, 1.5) / path.count;
  for (int i = 0; i < path.count; ++i) path.pieces[as_size(i)].width = 1 + strength * portable_math::sin_turns(phase + waves * i);
}

// Scales the path to the box of MNIST, `box` pixels for the larger side, and puts its centre of mass at `middle`, or as near to it
// as the edge of the image allows.
void place(Path& path, double box, double half_width, Point middle) {
  double left = 1e9, right = -1e9, top = 1e9, bottom = -1e9, mass = 0, mass_x = 0, mass_y = 0;
  for (int i = 0; i < path.count; ++i) {
    const auto& [from, to, width] = path.pieces[as_size(i)];
    left = std::min({left, from.x, to.x}), right = std::max({right, from.x, to.x});
    top = std::min({top, from.y, to.y}), bottom = std::max({bottom, from.y, to.y});
    const double dx = to.x - from.x, dy = to.y - from.y, weight = width * std::sqrt(dx * dx + dy * dy);
    mass += weight, mass_x += weight * (from.x + to.x) / 2, mass_y += weight * (from.y + to.y) / 2;
  }
  const double scale = (box - 2 * half_width) / std::max({right - left, bottom - top, 0.1});
  const double margin = half_width + 2;
  const auto shift = [&](double goal, double centre, double low, double high) {
    return std::clamp(goal - scale * centre, margin - scale * low, 28 - margin - scale * high);
  };
  const Point by{shift(middle.x, mass_x / mass, left, right), shift(middle.y, mass_y / mass, top, bottom)};
  const auto move = [&](Point p) { return Point{scale * p.x + by.x, scale * p.y + by.y}; };
  for (int i = 0; i < path.count; ++i) {
    auto& piece = path.pieces[as_size(i)];
    piece.from = move(piece.from), piece.to = move(piece.to);
  }
}

}  // namespace

int digit_label(std::uint64_t seed, Split split, int index) {
  int order[10];
  shuffle(order, 10, stream(seed, label_stream, split).of(static_cast<std::uint64_t>(index / 10)));
  return order[index % 10];
}

int digit_writer(std::uint64_t seed, Split split, int index) {
  const auto random = stream(seed, writer_stream, split);
  const auto i = static_cast<std::uint64_t>(index);
  return split == Split::train ? static_cast<int>(random.below(i, training_writers))
                               : training_writers + static_cast<int>(random.below(i, test_writers));
}

int draw_digit(std::uint64_t seed, Split split, int index, double difficulty, unsigned char* pixels) noexcept {
  const int label = digit_label(seed, split, index);
  const Random writer = Random(seed).of(style_stream).of(static_cast<std::uint64_t>(digit_writer(seed, split, index)));
  Dice style(writer, difficulty), dice(stream(seed, sample_stream, split).of(static_cast<std::uint64_t>(index)), difficulty);

  const Manner now = together(manner(style, between_writers), manner(dice, between_samples));
  const double roundness = style.uniform(0, 0.8), ink = style.uniform(0.9, 1.2) + dice.deviation(0.05);
  const double half_width = typical_half_width * portable_math::exp(now.width);

  // People keep to their own way of writing a digit, mostly.
  const bool as_usual = dice.uniform() < 0.9;
  const double own_choice = writer.of(choices).uniform(static_cast<std::uint64_t>(label)), other_choice = dice.uniform();
  Path path = write(habit(writer, label, difficulty, as_usual ? own_choice : other_choice), roundness, dice);
  deform(path, now, dice);
  press(path, dice);
  const double box = 20 - dice.spread(0, 1.5);
  const Point middle{14 + dice.deviation(0.55), 14 + dice.deviation(0.55)};
  place(path, box, half_width, middle);
  pen::draw(path, half_width, 1.1, std::min(ink, 1.0), pixels);
  return label;
}

DigitImages made_digits(Split split, const DigitsOptions& options) {
  if (options.count < 0) throw Error(fmt::format("made digits: count {} is below 0", options.count), ".count = 10000");
  if (!(options.difficulty >= 0 && options.difficulty <= 2))
    throw Error(fmt::format("made digits: difficulty {} is not between 0 and 2", options.difficulty), ".difficulty = 1");
  if (options.threads < 0 || options.threads > 64)
    throw Error(fmt::format("made digits: threads {} is not between 0 and 64", options.threads),
                ".threads = 0 for one per processor");
  const int count = options.count > 0 ? options.count : split == Split::train ? 60000 : 10000;
  const auto rows = as_size(count);
  DigitImages made{std::vector<std::uint8_t>(rows * digit_pixels), std::vector<std::uint8_t>(rows)};

  constexpr int slices = 64;
  ThreadPool pool(options.threads);
  pool.run(slices, [&](int index, int) {
    const Slice slice = slice_of(count, slices, index);
    for (int i = slice.begin; i < slice.end; ++i) {
      auto* pixels = made.images.data() + as_size(i) * digit_pixels;
      made.labels[as_size(i)] = static_cast<std::uint8_t>(draw_digit(options.seed, split, i, options.difficulty, pixels));
    }
  });
  return made;
}

MemoryDataset digits(Split split, const DigitsOptions& options) {
  auto [images, labels] = made_digits(split, options);
  return MemoryDataset(Shape{1, 28, 28}, std::move(images), {labels.begin(), labels.end()}, 10);
}

}  // namespace cambium
