// The headers of a tar that others wrote, and the beginning of each content, which may have holes.
#include "layers/tar_reader.hpp"
#include "tests/fuzz/fuzz.hpp"

void whittle::fuzz::tar_input(std::string_view input) {
  TextSource source{std::string(input)};
  layers::TarReader reader(source, "the input");
  parsed([&] {
    std::size_t entries = 0;
    while (const auto entry = reader.next()) {
      require(++entries <= input.size() / 512, "each entry has a header of its own");
      require(entry->mode <= 07777, "a mode has permissions only");
      std::vector<std::byte> content(4096);
      require(reader.read(content) <= entry->size, "a content is no longer than its header says");
      require(!entry->path.starts_with('/') && !entry->path.ends_with('/'), "a path is relative");
    }
    return entries;
  });
}
