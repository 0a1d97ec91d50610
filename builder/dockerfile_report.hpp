// What became of each line of a Dockerfile.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "common/json.hpp"

namespace whittle::builder {

enum class Fate {
  translated,
  not_needed,      // with the reason
  not_translated,  // with the reason and what to do
};

struct ReportLine {
  std::size_t line = 0;     // in the Dockerfile, counted from 1
  std::string instruction;  // or one command of a RUN; safe to show
  Fate fate = Fate::translated;
  std::string what;  // one line, safe to show
};

class DockerfileReport {
 public:
  explicit DockerfileReport(std::string file) : file_(std::move(file)) {}

  // Texts are made safe here. The same said twice of a line is said once.
  void add(std::size_t line, std::string_view instruction, Fate fate, std::string_view what);
  // Lines in the order of the file.
  void sort();

  const std::vector<ReportLine>& lines() const { return lines_; }
  std::size_t count(Fate fate) const;
  // "Dockerfile:12: RUN apk add gcc: not needed: …"
  std::string text_of(const ReportLine& line) const;
  // "12 translated, 5 not needed, 2 not translated"
  std::string summary() const;
  // What `init --from --json` prints (schemaVersion 1).
  Json to_json() const;

 private:
  std::string file_;
  std::vector<ReportLine> lines_;
};

}  // namespace whittle::builder
