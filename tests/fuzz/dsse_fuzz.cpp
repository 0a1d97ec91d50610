// An envelope is read or refused; what was read is written so that it reads the same. So are claims of
// statements.
#include "evidence/dsse.hpp"

#include "evidence/statement_claim.hpp"
#include "tests/fuzz/fuzz.hpp"

using namespace whittle::evidence;

void whittle::fuzz::dsse_input(std::string_view input) {
  if (const auto claim = parsed([&] { return read_claim(input, "the input"); }))
    for (const auto& subject : claim->subjects)
      require(claim->covers(subject), "a statement covers its subjects");
  const auto envelope = parsed([&] { return parse_envelope(input, "the input"); });
  if (!envelope) return;
  const auto again = parse_envelope(canonical(to_json(*envelope)), "ours");
  require(again.payload == envelope->payload && again.payload_type == envelope->payload_type &&
              again.signatures == envelope->signatures,
          "an envelope is what was written");
  parsed([&] { return read_claim(envelope->payload, "the payload"); });
}
