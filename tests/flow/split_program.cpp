// Splits and restores a program that no build of whittle makes: of an old Go, or position-independent.
//   split_program LINKED TO         writes TO without line tables, and TO.lines
//   split_program TO < TRACE        prints the trace with files and lines
#include <fmt/format.h>

#include <cstdio>
#include <exception>
#include <filesystem>

#include "common/file.hpp"
#include "evidence/split_lines.hpp"
#include "optimizer/restored_program.hpp"
#include "optimizer/symbolize.hpp"

namespace {

namespace fs = std::filesystem;

void split(const fs::path& linked, const fs::path& to) {
  fs::remove(to);
  const auto result = whittle::evidence::split_lines(linked, to);
  fs::permissions(to, fs::perms::owner_exec, fs::perm_options::add);
  whittle::write_file(fs::path(to).concat(".lines"), result.lines, whittle::AtomicFile::Durability::content);
}

void symbolize(const fs::path& program) {
  const whittle::TemporaryFolder folder(fs::temp_directory_path());
  const auto restored = folder.path() / "program";
  fs::copy_file(program, restored);
  whittle::evidence::restore_lines(std::make_unique<whittle::FileSource>(fs::path(program).concat(".lines")),
                                   restored);
  whittle::optimizer::RestoredProgram functions(restored);
  constexpr std::size_t longest_trace = 64U << 20U;
  whittle::TextSink out(longest_trace, "the trace");
  std::string trace;
  for (int c = std::getchar(); c != EOF; c = std::getchar()) trace += static_cast<char>(c);
  whittle::TextSource in(std::move(trace));
  whittle::optimizer::symbolize(in, out, functions);
  fmt::print("{}", out.text());
}

}  // namespace

int main(int argc, char** argv) {
  try {
    if (argc == 3)
      split(argv[1], argv[2]);
    else if (argc == 2)
      symbolize(argv[1]);
    else
      return 2;
  } catch (const std::exception& error) {
    fmt::print(stderr, "{}\n", error.what());
    return 1;
  }
}
