// Statements and the records in them: what is read and written again is read as the same.
#include "evidence/provenance.hpp"
#include "evidence/slim_record.hpp"
#include "tests/fuzz/fuzz.hpp"

using namespace whittle::evidence;

void whittle::fuzz::in_toto_input(std::string_view input) {
  const auto statement = parsed([&] { return parse_statement(input, "the input"); });
  if (!statement) return;
  const auto written = write_statement(*statement);
  require(write_statement(parse_statement(written, "what was written")) == written,
          "a statement is read as it was written");
  if (is_slim_provenance(*statement)) {
    const auto slimming = parsed([&] { return slim_record_of(*statement, "the input"); });
    if (!slimming) return;
    for (const auto& [name, values] : slimming->options) require(is_slim_option(name), "an option is slim's");
    const auto told = write_statement(provenance_of(*slimming));
    require(write_statement(provenance_of(slim_record_of(parse_statement(told, "again"), "again"))) == told,
            "a record is read as it was written");
    return;
  }
  const auto record = parsed([&] { return record_of(*statement, "the input"); });
  if (!record) return;
  for (const auto& [path, digest] : record->sources.files) {
    require(!path.starts_with('/') && ("/" + path + "/").find("/../") == std::string::npos,
            "sources lie below their root");
  }
  require(!record->main.starts_with('-') && !record->sources.module.starts_with('-'),
          "nothing looks like an option");
  const auto again = write_statement(provenance_of(*record));
  require(write_statement(provenance_of(record_of(parse_statement(again, "again"), "again"))) == again,
          "a record is read as it was written");
}
