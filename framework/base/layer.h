// The layer contract: what a layer declares, and what it may read and write in a pass.
//
// A layer is a value without memory. It says once, in `plan`, what it needs; the plan of the whole graph then owns every buffer
// and hands them in. All passes are const and may run on disjoint pieces of one batch at the same time.
//
// A training step calls, in this order (only layers with a coupling have the calls in brackets):
//     prepare  once                           what forward and backward want to find ready of the weights
//     [gather   piece by piece, any order]     statistics of each piece or sample, read from x
//     [settle   once]                          merges them in order of pieces, moves the state into `next`, prepares the map
//     [recur    channels by channels]          in place of both, where samples go one by one through recurrences
//      forward  piece by piece, any order      y from x
//     ... later layers, the loss, and back ...
//     [gather_back, settle_back]               the same for the gradient; or recur_back, which makes dx, and no backward
//      backward piece by piece, any order      dx from dy; not called when nobody wants dx
//      gradient part by part, any order        parameter gradients; not called when there are none, or all are frozen
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <vector>

#include "cambium/framework/base/describe.h"
#include "cambium/framework/base/form.h"
#include "cambium/framework/base/init.h"
#include "cambium/framework/base/parallel.h"
#include "cambium/framework/base/random.h"
#include "cambium/framework/base/shape.h"
#include "cambium/framework/kernels/isa.h"
#include "cambium/framework/kernels/normalize.h"

namespace cambium {

struct Kernels;

// What moves. train: statistics and controllers move, dropout drops. evaluate: nothing moves. adapt: statistics follow the data
// and the layer normalizes by them, weights stay, there is no backward pass.
enum class Mode { train, evaluate, adapt };
const char* name(Mode mode);

// ------------------------------------------------------------------------------------------------ what a layer declares

// What the layer will be used for. Never the number of threads: it must not change a bit.
struct Setting {
  std::span<const Shape> in;  // one shape per input
  int batch = 1;              // the largest batch; calls may bring fewer samples
  Mode mode = Mode::evaluate;
  Isa isa = Isa::portable;
  bool backward = true;       // a backward pass may follow
};

// A parameter: trained, saved, and updated by the optimizer.
struct Param {
  std::string name;        // "weight", "bias", "gamma", "beta"
  std::vector<int> sizes;
  Initializer init;
  int fan_in = 1, fan_out = 1;
  bool decay = true;       // weight decay applies; false for biases and normalization

  std::size_t values() const;
};

// What a number of state can be: finite, and between these. Anything else is refused when it is saved or loaded.
struct Allowed {
  double least = std::numeric_limits<double>::lowest(), most = std::numeric_limits<double>::max();
  bool whole = false;
  bool holds(double value) const;
  std::string str() const;  // "a whole number from 0 to 9007199254740992"
};
namespace allowed {
// An average of values of `real`; how far they lie apart, and its square; how often something happened.
inline constexpr Allowed value{static_cast<double>(std::numeric_limits<real>::lowest()),
                               static_cast<double>(std::numeric_limits<real>::max())};
inline constexpr Allowed deviation{0, sizeof(real) == 4 ? 1e39 : std::numeric_limits<double>::max()};
inline constexpr Allowed variance{0, sizeof(real) == 4 ? 1e78 : std::numeric_limits<double>::max()};
inline constexpr Allowed count{0, 9007199254740992, true};
}  // namespace allowed

// State: what a layer remembers beside its parameters. Always double; saved, never trained.
struct State {
  std::string name;        // "running_mean"
  std::vector<int> sizes;
  double initial = 0;
  Allowed range = {};
};

// Memory that lives from a layer's forward pass to its backward pass: `shared` values and `per_sample` values for each sample
// of the planned batch, in this order.
struct Room {
  enum class Type { reals, float64, int32 } type = Type::reals;
  std::size_t shared = 0, per_sample = 0;
};

// Layers whose samples depend on each other gather numbers first, in double: so many for each piece of the batch, or for each
// sample of it. Per::channel: nothing is gathered; each sample goes through recurrences after the one before it, but `channels` of
// these run side by side and know nothing of each other, so that threads may share them. In evaluate mode nothing recurs.
struct Coupling {
  enum class Per { none, piece, sample, channel } per = Per::none;
  std::size_t forward = 0, backward = 0;  // doubles for each
  int channels = 0;
};

// Which test of the backward pass applies. exact: it is the derivative of forward. held: it is, when what `settle` leaves is held
// fixed. partly_held: it is, when some of that is held and the rest moves with x (batch renorm). controller: it is no derivative,
// but a recurrence of its own (online norm, streaming norm). The last two have tests of their own.
enum class GradientKind { exact, held, partly_held, controller };

// How the parameter gradients are cut for threads. rows: every piece of the batch makes a sum of its own, and the plan adds them
// in order. outputs: every part makes the whole sum for its share of `gradient_units`, each of which owns an equal, contiguous
// share of every parameter's values; `gradient` writes there and nowhere else.
enum class GradientCut { rows, outputs };

struct Needs {
  Shape out;
  std::vector<Param> params;
  std::vector<State> state;
  std::vector<Room> keep;
  Room lane_scratch;             // one per lane, not kept; `shared` only
  bool reads_x = false;          // backward or gradient reads x
  bool reads_y = false;          // backward or gradient reads y
  bool y_may_be_x = false;       // forward works in place
  bool dx_may_be_dy = false;     // backward works in place
  bool cheap = false;            // forward costs hardly more than reading x and y: it may be called again on the way back
  bool prepares = false;         // `prepare` does something; the keep rooms then last from there on
  GradientKind gradient = GradientKind::exact;
  GradientCut cut = GradientCut::rows;
  int gradient_units = 0;
  bool parts = false;            // with GradientCut::outputs: forward_part does something
  Coupling coupling;
  int min_batch = 1;             // the smallest batch that this mode can take
  double flops = 0;              // of the forward pass, for one sample; a multiply-add counts as 2
  Form form = form::Opaque{};
};

// ------------------------------------------------------------------------------------------- what a pass is handed to work on

// What both passes see. Parameters and rooms are aligned to 64 bytes; nothing overlaps, except as the layer itself allows. Of x, y,
// dx and dy only the rows that a call is for are there; settle, recur, and a gradient that is cut by outputs, see all of them.
struct Frame {
  Mode mode = Mode::evaluate;
  int batch = 0;                        // samples in this call, at most Setting::batch
  const Kernels* kernels = nullptr;
  Random random;                        // differs for every layer and every forward pass, the same in the backward pass
  std::uint64_t weights_version = 0;    // another number than before: the weights have moved
  std::span<const ConstView> x;
  std::span<const real* const> params;  // in the order of Needs
  std::span<const double* const> state;
  std::span<double* const> next;        // the state after this step; empty in evaluate mode. Written in settle, recur and back
  std::span<void* const> keep;
  std::byte* scratch = nullptr;
  std::size_t scratch_stride = 0;

  template <class T>
  T* kept(int room) const { return static_cast<T*>(keep[static_cast<std::size_t>(room)]); }
  template <class T>
  T* scratch_of(Rows rows) const { return reinterpret_cast<T*>(scratch + static_cast<std::size_t>(rows.lane) * scratch_stride); }
};

// What the plan has made one pass with a normalization that recurs: dy is the gradient of what comes out of the tail.
struct Behind {
  NormTail tail{};
  double* sums = nullptr;  // null without gamma and beta; else to be overwritten: per channel, of g and of g * xhat, before gamma
};

struct Pass : Frame {
  View y;                               // to be overwritten
};

struct Back : Frame {
  ConstView y;                          // valid when reads_y
  ConstView dy;
  std::span<const View> dx;             // to be overwritten; data is null where nobody wants it
};

// Where `gradient` writes: one pointer for each parameter, null for a frozen one.
struct Gradients {
  std::span<real* const> at;
  bool add = false;                     // add to what is there; else overwrite
};

class Layer {
 public:
  virtual ~Layer() = default;

  // Pure: the same setting gives the same needs. Throws Error for inputs it cannot take.
  virtual Needs plan(const Setting& setting) const = 0;

  // From parameters, and in evaluate mode state, into keep rooms. x and y have shapes and no values yet. Called before every
  // training step, and before an inference only when weights or state have moved.
  virtual void prepare(const Pass&) const noexcept {}

  virtual void forward(const Pass& pass, Rows rows) const noexcept = 0;
  // Where Needs::parts: a share of 0 .. gradient_units - 1 of what forward writes for these rows, with the scratch of `part`. For
  // samples too few to be shared out among threads.
  virtual void forward_part(const Pass&, Rows /*rows*/, Rows /*part*/) const noexcept {}
  // Writes dx for these rows and nothing else.
  virtual void backward(const Back& back, Rows rows) const noexcept = 0;
  // GradientCut::rows: `part` is a piece of the batch. GradientCut::outputs: a share of 0 .. gradient_units - 1, over all rows.
  virtual void gradient(const Back&, Rows /*part*/, Gradients) const noexcept {}

  // Coupling::Per::piece: `out` is this piece's Coupling::forward doubles. Per::sample: so many for each of these rows.
  virtual void gather(const Pass&, Rows, std::span<double> /*out*/) const noexcept {}
  // `all`: what every piece or sample gathered, in order; empty in evaluate mode, where nothing is gathered and x has no values yet
  // when settle is called. Otherwise settle writes every value of `next`, and settle_back may write over some.
  virtual void settle(const Pass&, std::span<double> /*all*/) const noexcept {}
  virtual void gather_back(const Back&, Rows, std::span<double> /*out*/) const noexcept {}
  virtual void settle_back(const Back&, std::span<double> /*all*/) const noexcept {}
  // Coupling::Per::channel, in place of these four: all samples, in order, for some of the channels. Writes what `next` has of
  // these, and from channel 0 also what belongs to none. recur_back writes dx where somebody wants it; `backward` is not called,
  // and `gradient`, which comes afterwards, must not read dy where dx_may_be_dy.
  virtual void recur(const Pass&, Rows /*channels*/) const noexcept {}
  virtual void recur_back(const Back&, Rows /*channels*/, const Behind&) const noexcept {}

  virtual Description describe() const = 0;

 protected:
  Layer() = default;
  Layer(const Layer&) = default;
  Layer& operator=(const Layer&) = default;
};

// ------------------------------------------------------------------------------------- checks that most layers share

// Throws unless there is exactly one input; returns its shape.
const Shape& only_input(const Setting& setting);
// Throws unless there is exactly one input of (channels, height, width); returns its shape.
const Shape& only_image(const Setting& setting);

}  // namespace cambium
