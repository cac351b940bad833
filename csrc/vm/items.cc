// Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
//
// Subscription: x[i], its assignment and deletion, unpacking, and what fills containers.
#include "vm/items.h"

#include <algorithm>

#include "term/change.h"
#include "term/compare.h"
#include "term/hash.h"
#include "vm/enums.h"
#include "vm/exceptions.h"
#include "vm/numbers.h"
#include "vm/operators.h"
#include "vm/text.h"

namespace pyvm::vm {

namespace {

bool is_list(Term term) { return is_box(term, BoxKind::List); }
bool is_slice(Term key) { return is_box(resolve(key), BoxKind::Slice); }

Term not_subscriptable(Context& context, Term container) {
  return context.raise("TypeError", "'" + type_name(container) + "' object is not subscriptable");
}

bool no_item_assignment(Context& context, Term container, const char* what) {
  context.raise("TypeError", "'" + type_name(container) + "' object " + what);
  return false;
}

}  // namespace

Term raise_key_error(Context& context, Term key) { return raise_exception(context, "KeyError", {&key, 1}); }

std::vector<Term> entries_of(Term container) {
  std::vector<Term> keys;
  keys.reserve(size_of(container));
  for (Word entry = next_entry(container, 0); entry != kNoEntry; entry = next_entry(container, entry + 1))
    keys.push_back(entry_key(container, entry));
  return keys;
}

Term merged(Context& context, Term left, Term right) {
  std::vector<Term> words;
  for (const Term dict : {left, right}) {
    for (const Term key : entries_of(dict)) {
      words.push_back(key);
      words.push_back(dict_get(dict, key));
    }
  }
  context.charge(words.size());
  return context.heap.make_dict(std::span<const Term>(words));
}

bool check_changeable(Context& context, Term container) {
  if (is_changeable(container)) return true;
  context.raise("TypeError", "a constant of the module cannot be changed: copy it first, as " + type_name(container) + "(NAME)");
  return false;
}

bool check_hashable(Context& context, Term key) {
  const Term unhashable = find_unhashable(key);
  if (unhashable.is_nothing()) return true;
  context.raise("TypeError", "unhashable type: '" + type_name(unhashable) + "'");
  return false;
}

Term known_key(Term dict, Term key) {
  key = resolve(key);
  return is_box(key, BoxKind::EnumMember) && dict_get(dict, key).is_nothing() ? plain_value(key) : key;
}

Term known_member(Context& context, Term set, Term member) {
  member = resolve(member);
  if (is_box(member, BoxKind::Set)) return context.heap.make_set(BoxKind::FrozenSet, entries_of(member));
  if (!check_hashable(context, member)) return Term();
  return is_box(member, BoxKind::EnumMember) && !set_has(set, member) ? plain_value(member) : member;
}

bool read_index(Context& context, Term given, std::size_t size, std::string_view type, std::size_t* index) {
  const Term key = plain_value(resolve(given));
  if (!is_int(key)) {
    context.raise("TypeError", std::string(type) + " indices must be integers or slices, not " + type_name(given));
    return false;
  }
  if (is_box(key, BoxKind::Big)) {
    context.raise("IndexError", "cannot fit 'int' into an index-sized integer");
    return false;
  }
  std::int64_t at = clamped_int(key);
  if (at < 0) at += static_cast<std::int64_t>(size);
  if (at < 0 || at >= static_cast<std::int64_t>(size)) {
    context.raise("IndexError", std::string(type) + " index out of range");
    return false;
  }
  *index = static_cast<std::size_t>(at);
  return true;
}

namespace {

/// Color["RED"]
Term enum_item(Context& context, Term type, Term name) {
  if (!check_hashable(context, name)) return Term();
  const Term text = plain_value(resolve(name));
  const Member* member = is_string(text) ? find_member(nullptr, type, string_view_of(text)) : nullptr;
  const bool is_found = member != nullptr && is_box(member->value, BoxKind::EnumMember);
  return is_found ? member->value : raise_key_error(context, name);
}

}  // namespace

Term get_item(Context& context, Term container, Term key) {
  container = resolve(container);
  if (is_list_or_tuple(container)) {
    const std::span<const Term> items = list_items(container);
    if (key.is_small() && static_cast<Word>(key.unchecked_small()) < items.size()) [[likely]]
      return items[static_cast<std::size_t>(key.unchecked_small())];
    if (is_slice(key)) return get_slice(context, container, bounds_of(resolve(key)));
    std::size_t index = 0;
    return read_index(context, key, items.size(), type_name(container), &index) ? items[index] : Term();
  }
  if (is_box(container, BoxKind::Dict)) {
    key = resolve(key);
    if (key.is_boxed() && !check_hashable(context, key)) return Term();
    const Term value = dict_get(container, known_key(container, key));
    return value.is_nothing() ? raise_key_error(context, key) : value;
  }
  if (is_slice(key)) return get_slice(context, container, bounds_of(resolve(key)));
  if (is_string(container)) return string_item(context, container, key);
  if (is_binary(container)) return bytes_item(context, container, key);
  if (is_box(container, BoxKind::Range)) return range_item(context, container, key);
  if (is_enum_class(container)) return enum_item(context, container, key);
  if (is_string(plain_value(container))) return string_item(context, plain_value(container), key);
  return not_subscriptable(context, container);
}

bool set_item(Context& context, Term container, Term key, Term value) {
  container = resolve(container);
  const bool is_plain_dict = is_box(container, BoxKind::Dict) && (header_flags(header_of(container)) & box_flag::kLiteral) == 0;
  if (is_plain_dict && find_unhashable(key).is_nothing()) [[likely]] {
    dict_set(container, resolve(key), value, context.heap);
    return true;
  }
  if (is_slice(key)) return set_slice(context, container, bounds_of(resolve(key)), value);
  if (is_list(container)) {
    if (!check_changeable(context, container)) return false;
    std::size_t index = 0;
    if (const Term number = plain_value(key); is_int(number)) key = number;
    if (!key.is_small() || static_cast<Word>(key.unchecked_small()) >= size_of(container)) {
      if (is_int(key)) {
        std::int64_t at = clamped_int(key);
        const auto size = static_cast<std::int64_t>(size_of(container));
        if (at < 0) at += size;
        if (at < 0 || at >= size) {
          context.raise("IndexError", "list assignment index out of range");
          return false;
        }
        index = static_cast<std::size_t>(at);
      } else {
        return read_index(context, key, size_of(container), "list", &index);
      }
    } else {
      index = static_cast<std::size_t>(key.unchecked_small());
    }
    list_set(container, index, value, context.heap);
    return true;
  }
  if (!is_box(container, BoxKind::Dict)) return no_item_assignment(context, container, "does not support item assignment");
  return check_changeable(context, container) && check_hashable(context, key);
}

bool delete_item(Context& context, Term container, Term key) {
  container = resolve(container);
  if (is_slice(key)) return delete_slice(context, container, bounds_of(resolve(key)));
  if (is_list(container)) {
    std::size_t index = 0;
    if (!check_changeable(context, container) || !read_index(context, key, size_of(container), "list", &index)) {
      if (!context.error.is_nothing() && is_int(plain_value(key)))
        context.raise("IndexError", "list assignment index out of range");
      return false;
    }
    context.charge(size_of(container) - index);
    list_replace(container, index, index + 1, {}, context.heap);
    return true;
  }
  if (!is_box(container, BoxKind::Dict)) {
    const bool is_sequence_type = is_string(container) || is_binary(container) || is_tuple(container) || is_set(container) ||
                                  is_box(container, BoxKind::Range);
    return no_item_assignment(
        context, container, is_sequence_type && is_int(key) ? "doesn't support item deletion" : "does not support item deletion");
  }
  if (!check_changeable(context, container) || !check_hashable(context, key)) return false;
  if (!dict_delete(container, known_key(container, key), context.heap).is_nothing()) return true;
  raise_key_error(context, key);
  return false;
}

bool extend_display(Context& context, Term list, Term iterable) {
  if (const Term sequence = resolve(iterable); is_list_or_tuple(sequence)) {
    list_extend(list, list_items(sequence), context.heap);
    return true;
  }
  std::vector<Term> items;
  if (collect_items(context, iterable, items)) {
    list_extend(list, items, context.heap);
    return true;
  }
  Term state[3];
  if (!iterate(context, iterable, state))
    context.raise("TypeError", "Value after * must be an iterable, not " + type_name(iterable));
  return false;
}

bool extend(Context& context, Term list, Term iterable) {
  list = resolve(list);
  if (!check_changeable(context, list)) return false;
  std::vector<Term> items;
  if (!collect_items(context, iterable, items)) return false;
  list_extend(list, items, context.heap);
  return true;
}

bool add_to_set(Context& context, Term set, Term member) {
  if (!check_hashable(context, member)) return false;
  set_add(resolve(set), resolve(member), context.heap);
  return true;
}

bool update(Context& context, Term target, Term source) {
  target = resolve(target);
  source = resolve(source);
  if (!check_changeable(context, target)) return false;
  if (is_box(target, BoxKind::Dict)) {
    if (!is_box(source, BoxKind::Dict)) {
      context.raise("TypeError", "'" + type_name(source) + "' object is not a mapping");
      return false;
    }
    for (const Term key : entries_of(source)) dict_set(target, key, dict_get(source, key), context.heap);
    context.charge(size_of(source));
    return true;
  }
  std::vector<Term> members;
  if (!collect_items(context, source, members)) return false;
  return std::ranges::all_of(members, [&](Term member) { return add_to_set(context, target, member); });
}

bool update_with_pairs(Context& context, Term target, Term pairs) {
  std::vector<Term> items;
  if (!check_changeable(context, target) || !collect_items(context, pairs, items)) return false;
  for (std::size_t i = 0; i < items.size(); ++i) {
    std::vector<Term> pair;
    if (!collect_items(context, items[i], pair)) {
      context.raise("TypeError", "cannot convert dictionary update sequence element #" + std::to_string(i) + " to a sequence");
      return false;
    }
    if (pair.size() != 2) {
      context.raise("ValueError", "dictionary update sequence element #" + std::to_string(i) + " has length " +
                                      std::to_string(pair.size()) + "; 2 is required");
      return false;
    }
    if (!check_hashable(context, pair[0])) return false;
    dict_set(target, resolve(pair[0]), pair[1], context.heap);
  }
  return true;
}

Term without_keys(Context& context, Term dict, Term keys) {
  if (!is_box(resolve(dict), BoxKind::Dict) || !is_box(keys, BoxKind::Tuple))
    return context.raise("TypeError", "'" + type_name(resolve(dict)) + "' object is not a mapping");
  std::vector<Term> words;
  for (const Term key : entries_of(dict)) {
    const std::span<const Term> left_out = list_items(keys);
    if (std::ranges::any_of(left_out, [&](Term each) { return equal(each, key); })) continue;
    words.push_back(key);
    words.push_back(dict_get(resolve(dict), key));
  }
  return context.heap.make_dict(std::span<const Term>(words));
}

bool unpack(Context& context, Term source, unsigned before, bool star, unsigned after, Term* targets) {
  source = resolve(source);
  std::vector<Term> collected;
  std::span<const Term> items;
  const std::size_t wanted = before + after;
  if (is_list_or_tuple(source)) {
    items = list_items(source);
  } else if (!star && is_box(source, BoxKind::Iterator)) {  // which goes on behind the one that is too many
    Iteration iteration(context, source);
    for (Term item; collected.size() <= wanted && iteration.next(&item);) collected.push_back(item);
    if (iteration.raised()) return false;
    items = collected;
  } else {
    if (!collect_items(context, source, collected)) {
      context.raise("TypeError", "cannot unpack non-iterable " + type_name(source) + " object");
      return false;
    }
    items = collected;
  }
  if (items.size() < wanted) {
    context.raise("ValueError", std::string("not enough values to unpack (expected ") + (star ? "at least " : "") +
                                    std::to_string(wanted) + ", got " + std::to_string(items.size()) + ")");
    return false;
  }
  if (!star && items.size() > wanted) {
    context.raise("ValueError", "too many values to unpack (expected " + std::to_string(wanted) + ")");
    return false;
  }
  // The source may stand in one of the targets; its items stay where they are until the next collection.
  std::copy_n(items.begin(), before, targets);
  if (!star) return true;
  const std::size_t middle = items.size() - wanted;
  targets[before] = context.heap.make_list(items.subspan(before, middle));
  std::copy_n(items.end() - after, after, targets + before + 1);
  return true;
}

}  // namespace pyvm::vm
