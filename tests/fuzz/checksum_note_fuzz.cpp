// An answer of a checksum database to a lookup. A signature would refuse every mutation, so an input without
// one is read as the text that was signed as well.
#include "tests/fuzz/fuzz.hpp"
#include "toolchains/checksum_database.hpp"
#include "toolchains/database_key.hpp"

namespace whittle::fuzz {
namespace {

constexpr auto key_text = "log.example.com+7cef2cba+AXVcTLklbKfNxKz9xs/u2oSQF+W5+VFOmRkb1n4LDUJ2";

void read_tree(std::string_view text) {
  const auto head = parsed([&] { return toolchains::parse_tree_head(text); });
  if (!head) return;
  // Tiles that are nothing but the input again.
  parsed([&] {
    toolchains::TiledLog log(*head, [&](const toolchains::Tile& tile) {
      std::string bytes(tile.width * 32, '\0');
      text.copy(bytes.data(), bytes.size());
      return bytes;
    });
    return log.hash_at(head->size / 2);
  });
}

}  // namespace

void checksum_note_input(std::string_view input) {
  static const auto key = toolchains::VerifierKey::parse(key_text).value();
  const auto record = parsed([&] { return toolchains::parse_checksum_record(input); });
  if (record)
    require(input.size() > record->text.size() + record->head.size(), "a record is part of the answer");
  const auto note = record ? std::string_view(record->head) : input;
  const auto text = parsed([&] { return toolchains::open_note(note, key); });
  if (text) require(note.starts_with(*text) && text->ends_with('\n'), "what is signed is the note's text");
  read_tree(note);
  if (const auto other = toolchains::VerifierKey::parse(input))
    require(other->name().find('+') == std::string::npos, "a name has no +");
  toolchains::find_key_in(input, "log.example.com");
}

}  // namespace whittle::fuzz
