// whittle symbolize: a trace of a program whose line tables are kept apart, with its files and lines.
#include <fmt/format.h>
#include <unistd.h>

#include <CLI/CLI.hpp>

#include <memory>
#include <string>

#include "cli/commands.hpp"
#include "cli/session.hpp"
#include "cli/wanted_manifest.hpp"
#include "common/error.hpp"
#include "common/file.hpp"
#include "common/text.hpp"
#include "optimizer/restored_program.hpp"
#include "optimizer/symbolize.hpp"
#include "registry/place.hpp"

namespace whittle::cli {
namespace {

struct SymbolizeFlags {
  std::string place;
  std::string platform;
  std::string binary;
};

// Prints in blocks.
class PrintSink final : public ByteSink {
 public:
  explicit PrintSink(Session& session) : session_(session) {}
  void write(Bytes bytes) override {
    text_ += as_text(bytes);
    if (text_.size() >= stream_buffer_size) flush();
  }
  void flush() {
    session_.print(text_);
    text_.clear();
  }

 private:
  Session& session_;
  std::string text_;
};

// What comes may be a log that is still written: what is known is printed before more is waited for.
class StandardInput final : public ByteSource {
 public:
  explicit StandardInput(PrintSink& out) : out_(out) {}
  std::size_t read(MutableBytes buffer) override {
    out_.flush();
    while (true) {
      const auto count = ::read(STDIN_FILENO, buffer.data(), buffer.size());
      if (count >= 0) return static_cast<std::size_t>(count);
      if (errno != EINTR) throw_errno(errno, "reading the trace from stdin");
    }
  }

 private:
  PrintSink& out_;
};

void run_symbolize(const SymbolizeFlags& flags, Session& session) {
  const auto place = registry::Place::parse(flags.place);
  if (place.is_stream())
    throw Error(ErrorKind::usage, "standard input carries the trace, so the image has to be elsewhere");
  const auto source = session.access().source(place);
  const auto manifest = wanted_manifest(source->root(), flags.platform);
  const TemporaryFolder folder(session.cache().temporary());
  optimizer::RestoredProgram program(optimizer::restore_program(
      *source, manifest, flags.binary, folder.path(), session.limits(), session.stop()));
  PrintSink out(session);
  StandardInput trace(out);
  const auto result = optimizer::symbolize(trace, out, program);
  out.flush();
  if (result.unknown > 0)
    session.reporter().warn(
        fmt::format("{} without a file and line: not of this program, or several places fit",
                    plural(result.unknown, "frame")));
}

}  // namespace

void add_symbolize(CLI::App& app, const Choose& choose) {
  auto flags = std::make_shared<SymbolizeFlags>();
  auto* command =
      app.add_subcommand("symbolize", "Give a trace on stdin the files and lines that the image left out");
  command->add_option("PLACE", flags->place, "Where the image is")->required();
  command->add_option("--platform", flags->platform,
                      "Of an image for several: which one (default: this machine's)");
  command->add_option("--binary", flags->binary,
                      "Of an image with several programs: which one, e.g. /usr/bin/api");
  command->callback(
      [flags, choose] { choose([flags](Session& session) { run_symbolize(*flags, session); }); });
}

}  // namespace whittle::cli
