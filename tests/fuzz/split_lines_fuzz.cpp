// The container of line tables, put back into a file of zeros. What it is made for and what has to come out
// are taken from what the input says, so that all of it is read.
#include <filesystem>

#include "common/file.hpp"
#include "common/json.hpp"
#include "evidence/split_lines.hpp"
#include "layers/compression.hpp"
#include "tests/fuzz/fuzz.hpp"

void whittle::fuzz::split_lines_input(std::string_view input) {
  constexpr std::size_t size = 4'096;
  static const TemporaryFolder folder(std::filesystem::temp_directory_path());
  const auto file = folder.path() / "program";
  const std::string program(size, '\0');
  write_file(file, program, AtomicFile::Durability::content);
  const auto digest = Digest::of(program).text();
  TextSink out(1U << 20U, "the input");
  const auto compressor = layers::make_compressor({layers::Compression::Format::zstd, {}}, 1, out);
  compressor->write(as_bytes(canonical({{"linked", digest}, {"program", digest}}) + "\n"));
  compressor->write(as_bytes(input));
  compressor->finish();
  for (const auto& container : {out.take(), std::string(input)}) {
    const auto done = parsed([&] {
      evidence::restore_lines(std::make_unique<TextSource>(container), file);
      return true;
    });
    require(std::filesystem::file_size(file) == size, "the file keeps its size");
    require(!done || read_file(file, size) == program, "what comes out is what was linked");
  }
}
