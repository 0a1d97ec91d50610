#include "evidence/statement.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "common/error.hpp"
#include "common/text.hpp"
#include "layers/json_fields.hpp"

namespace whittle::evidence {
namespace {

using layers::JsonFields;

constexpr std::string_view version_1 = "https://in-toto.io/Statement/v1";
constexpr std::string_view version_0_1 = "https://in-toto.io/Statement/v0.1";

Subject parse_subject(const Json& json, const std::string& where) {
  if (!json.is_object())
    throw Error(ErrorKind::unverified, fmt::format("{} names a subject that is no object", where));
  const JsonFields fields(json, where);
  const Json* digests = fields.object("digest");
  const auto sha256 = digests == nullptr ? std::string() : JsonFields(*digests, where).text("sha256");
  if (sha256.empty())
    throw Error(ErrorKind::unverified, fmt::format("{} names the subject {} without a sha256 digest", where,
                                                   shown(fields.text("name"))));
  Subject subject{in_context([&] { return where; }, [&] { return Digest::parse("sha256:" + sha256); }),
                  fields.text("name"), fields.text("mediaType")};
  if (const Json* annotations = fields.object("annotations")) subject.annotations = *annotations;
  return subject;
}

Json to_json(const Subject& subject) {
  Json json = {{"digest", {{std::string(subject.digest.algorithm_name()), subject.digest.hex()}}}};
  if (!subject.name.empty()) json["name"] = subject.name;
  if (!subject.media_type.empty()) json["mediaType"] = subject.media_type;
  if (!subject.annotations.empty()) json["annotations"] = subject.annotations;
  return json;
}

}  // namespace

bool is_statement_type(std::string_view type) {
  return type == version_1 || type == version_0_1;
}

bool Statement::is_about(const Digest& digest) const {
  return std::any_of(subjects.begin(), subjects.end(),
                     [&](const Subject& one) { return one.digest == digest; });
}

std::string write_statement(const Statement& statement) {
  Json subjects = Json::array();
  for (const auto& subject : statement.subjects) subjects.push_back(to_json(subject));
  return canonical({{"_type", std::string(version_1)},
                    {"subject", subjects},
                    {"predicateType", statement.predicate_type},
                    {"predicate", statement.predicate}});
}

Statement parse_statement(std::string_view text, std::string_view what) {
  const Json json = parse_json(text, what, ErrorKind::integrity, {largest_statement, 64});
  const JsonFields fields(json, std::string(what));
  const auto type = fields.text("_type");
  if (!is_statement_type(type))
    throw Error(ErrorKind::unsupported,
                fmt::format("{} is of type {}, not a statement of in-toto", what, shown(type)));
  Statement statement{{}, fields.required_text("predicateType"), Json::object()};
  if (const Json* subjects = fields.array("subject"))
    for (const auto& subject : *subjects)
      statement.subjects.push_back(parse_subject(subject, std::string(what)));
  if (statement.subjects.empty())
    throw Error(ErrorKind::unverified, fmt::format("{} is about nothing: it has no subject", what));
  if (const Json* predicate = fields.object("predicate")) statement.predicate = *predicate;
  return statement;
}

}  // namespace whittle::evidence
