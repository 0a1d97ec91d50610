#include "running/program_output.hpp"

#include <poll.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <vector>

namespace whittle::running {
namespace {

constexpr std::size_t longest_line = 8192;  // a longer one is cut into several

std::string end_of(const std::string& tail, std::size_t size) {
  return tail.size() <= size ? tail : tail.substr(tail.size() - size);
}

}  // namespace

ProgramOutput::ProgramOutput(Fd output, Fd errors)
    : output_{std::move(output)}, errors_{std::move(errors)}, thread_([this] { work(); }) {}

ProgramOutput::~ProgramOutput() {
  stop_ = true;
  thread_.join();
}

void ProgramOutput::finish(std::chrono::milliseconds longest) {
  const auto end = std::chrono::steady_clock::now() + longest;
  while (!done_ && std::chrono::steady_clock::now() < end)
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
}

void ProgramOutput::work() {
  std::array<pollfd, 2> polled{pollfd{output_.fd.get(), POLLIN, 0}, pollfd{errors_.fd.get(), POLLIN, 0}};
  while (!stop_ && (polled[0].fd >= 0 || polled[1].fd >= 0)) {
    if (::poll(polled.data(), polled.size(), 20) <= 0) continue;
    if (polled[0].revents != 0 && !read(output_, false)) polled[0].fd = -1;
    if (polled[1].revents != 0 && !read(errors_, true)) polled[1].fd = -1;
  }
  const std::lock_guard lock(mutex_);
  for (auto* stream : {&output_, &errors_})
    if (!stream->line.empty()) take_line(*stream, stream == &errors_);
  done_ = true;
}

// False at the end.
bool ProgramOutput::read(Stream& stream, bool has_collections) {
  std::array<char, 65536> buffer;
  const auto count = ::read(stream.fd.get(), buffer.data(), buffer.size());
  if (count < 0) return errno == EINTR || errno == EAGAIN;
  const std::lock_guard lock(mutex_);
  std::string_view bytes(buffer.data(), static_cast<std::size_t>(count));
  while (!bytes.empty()) {
    const auto newline = bytes.find('\n');
    const auto whole = newline != std::string_view::npos;
    const auto piece = bytes.substr(0, whole ? newline + 1 : bytes.size());
    stream.line += piece;
    bytes.remove_prefix(piece.size());
    if (whole || stream.line.size() > longest_line) take_line(stream, has_collections);
  }
  return count > 0;
}

void ProgramOutput::take_line(Stream& stream, bool has_collections) {
  if (has_collections)
    if (const auto collection = parse_collection(stream.line)) {
      collections_.add(*collection);
      stream.line.clear();
      return;
    }
  bytes_ += stream.line.size();
  stream.tail += end_of(stream.line, tail_size);
  if (stream.tail.size() > 2 * tail_size) stream.tail = end_of(stream.tail, tail_size);
  stream.line.clear();
}

GcHistory ProgramOutput::collections() const {
  const std::lock_guard lock(mutex_);
  return collections_;
}

std::string ProgramOutput::output_tail() const {
  const std::lock_guard lock(mutex_);
  return end_of(output_.tail, tail_size);
}

std::string ProgramOutput::errors_tail() const {
  const std::lock_guard lock(mutex_);
  return end_of(errors_.tail, tail_size);
}

std::uint64_t ProgramOutput::bytes() const {
  const std::lock_guard lock(mutex_);
  return bytes_;
}

}  // namespace whittle::running
