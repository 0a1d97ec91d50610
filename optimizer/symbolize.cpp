#include "optimizer/symbolize.hpp"

#include <fmt/format.h>

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "optimizer/trace_line.hpp"

namespace whittle::optimizer {
namespace {

constexpr std::size_t longest_line = 64U << 10U;  // bytes; what is longer is in no trace
constexpr std::size_t most_held = 256U << 10U;    // bytes of lines whose frame is not complete
constexpr std::size_t most_held_lines = 1'024;
constexpr unsigned longest_interruption = 16;  // lines of others between a function and its place

// Functions of the runtime that a signal brings about: what is below them was not calling.
bool comes_by_signal(std::string_view function) {
  return function == "runtime.sigpanic" || function == "runtime.asyncPreempt" ||
         function == "runtime.debugCallV2";
}

// Holds the lines of a frame back until it is complete: the places of inlined functions follow from that of
// the function that they were inlined into, which comes after them.
class Frames {
 public:
  Frames(ByteSink& out, RestoredProgram& program) : out_(out), program_(program) {}

  void take(std::string line) {
    if (const auto place = parse_place_line(line)) return take_place(std::move(line), *place);
    if (const auto pc = parse_signal_line(line)) signal_place_ = pc;
    if (begins_stack(line)) begin_stack();
    auto function = parse_function_line(line);
    if (function && !function->may_be_inlined && !program_.knows(function->name)) function.reset();
    if (!function) return take_other(std::move(line));
    hold(std::move(line));
    open_ = std::move(*function);
    lines_since_ = 0;
  }
  // Gives everything out.
  void flush() {
    result_.unknown += inlined_.size();
    for (const auto& line : held_) out_.write(as_bytes(line));
    held_.clear();
    held_bytes_ = 0;
    inlined_.clear();
    open_.reset();
  }
  const Symbolized& result() const { return result_; }

 private:
  struct Inlined {
    std::string function;
    std::size_t line;  // in held_
    std::size_t at;    // in that line
  };

  static bool begins_stack(std::string_view line) {
    return line == "\n" || line == "\r\n" ||
           (line.find("goroutine ") != std::string_view::npos && line.find("]:") != std::string_view::npos);
  }
  void begin_stack() {
    flush();
    above_.clear();
  }

  void hold(std::string line) {
    if (held_bytes_ + line.size() > most_held || held_.size() == most_held_lines) flush();
    held_bytes_ += line.size();
    held_.push_back(std::move(line));
  }

  void take_other(std::string line) {
    if (open_ && ++lines_since_ > longest_interruption) open_.reset();
    if (!open_ && inlined_.empty()) flush();
    if (held_.empty()) return out_.write(as_bytes(line));
    hold(std::move(line));
  }

  void take_place(std::string line, const PlaceLine& place) {
    const auto function = std::exchange(open_, std::nullopt);
    hold(std::move(line));
    if (!function || (place.offset && function->may_be_inlined && !program_.knows(function->name))) {
      ++result_.unknown;
      return flush();
    }
    if (function->may_be_inlined && !place.offset) {
      inlined_.push_back({function->name, held_.size() - 1, place.at});
      return;
    }
    if (function->created)
      give_go(*function, place);
    else
      give(*function, place);
    flush();
  }

  void give_go(const FunctionLine& function, const PlaceLine& place) {
    const auto found = program_.place_of_go({function.name, place.offset.value_or(0), {}, false, {}});
    if (found)
      put(held_.size() - 1, place.at, *found);
    else
      ++result_.unknown;
    above_.clear();
  }

  void give(const FunctionLine& function, const PlaceLine& place) {
    TracedCall call{function.name, place.offset.value_or(0), {}, comes_by_signal(above_), signal_place_};
    for (const auto& one : inlined_) call.inlined.push_back(one.function);
    auto places = program_.places(call);
    if (places.empty() && !inlined_.empty()) {  // those are of another one, which the trace leaves out
      result_.unknown += inlined_.size();
      inlined_.clear();
      call.inlined.clear();
      places = program_.places(call);
    }
    above_ = function.name;
    if (places.empty()) {
      ++result_.unknown;
      return;
    }
    for (std::size_t i = 0; i < inlined_.size(); ++i) put(inlined_[i].line, inlined_[i].at, places[i]);
    put(held_.size() - 1, place.at, places.back());
    inlined_.clear();
  }

  void put(std::size_t line, std::size_t at, const SourcePlace& place) {
    if (place.file == "?") {
      ++result_.unknown;
      return;
    }
    held_[line].replace(at, unknown_place.size(), fmt::format("{}:{}", place.file, place.line));
    ++result_.frames;
  }

  ByteSink& out_;
  RestoredProgram& program_;
  Symbolized result_ = {};
  std::vector<std::string> held_ = {};
  std::size_t held_bytes_ = 0;
  std::vector<Inlined> inlined_ = {};      // since the last function that has code of its own
  std::optional<FunctionLine> open_ = {};  // the function whose place comes next
  unsigned lines_since_ = 0;               // of others, since then
  std::string above_ = {};                 // the function that was called by the next one
  std::optional<std::uint64_t> signal_place_ = {};
};

}  // namespace

Symbolized symbolize(ByteSource& trace, ByteSink& out, RestoredProgram& program) {
  Frames frames(out, program);
  std::string line;
  bool too_long = false;
  std::vector<std::byte> buffer(stream_buffer_size);
  while (const auto count = trace.read(buffer)) {
    auto rest = as_text(Bytes(buffer).first(count));
    while (!rest.empty()) {
      const auto end = rest.find('\n');
      const auto part = rest.substr(0, end == std::string_view::npos ? end : end + 1);
      rest.remove_prefix(part.size());
      line += part;
      if (!too_long && line.size() > longest_line) {
        frames.flush();
        too_long = true;
      }
      const bool is_whole = end != std::string_view::npos;
      if (too_long)
        out.write(as_bytes(line));
      else if (is_whole)
        frames.take(std::move(line));
      if (too_long || is_whole) line.clear();
      if (is_whole) too_long = false;
    }
  }
  if (!line.empty()) frames.take(std::move(line));
  frames.flush();
  return frames.result();
}

}  // namespace whittle::optimizer
