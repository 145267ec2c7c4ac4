set -eu
faq() { sh faqv2.sh "$@"; }
# part NAME prints the first value of a property in JSON that is short and flat.
part() { sed 's/.*"'"$1"'":"\{0,1\}\([^",}]*\).*/\1/'; }
heads() { awk -v name="$1" 'tolower($1) == name ":" { print $2 }'; }

faq -i create question='How do I reset it?' source=123 tags=reset >made
echo created "$(awk 'NR == 1 { print $2 }' made)" "$([ -n "$(heads etag <made)" ] && echo true)" "$(grep -q '"created_at":"[^"]*Z"' made && echo 0:00:00)"
id=$(tail -n 1 made | sed 's/{"id":\([0-9]*\).*/\1/')
faq -i get id="$id" >entry
slug=$(tail -n 1 entry | part slug)
echo got "$(tail -n 1 entry | part title)" "$(tail -n 1 entry | sed 's/.*"slug":"[^"]*","status":"\([^"]*\)".*/\1/')"
faq -k key-1 create question='Question number 0' source=200 >/dev/null
for i in 1 2 3; do faq create question="Question number $i" source=20$i >/dev/null; done
echo repeated "$(faq -i -k key-1 create question='Question number 0' source=200 | awk 'NR == 1 { print $2 }')"
pages=0 seen=0
set -- limit=2
while :; do
	faq list "$@" >page
	pages=$((pages + 1))
	seen=$((seen + $(grep -o '"slug"' page | wc -l)))
	grep -q '"next"' page || break
	set -- limit=2 "after=$(part next <page)"
done
echo listed $seen in $pages
faq update id="$slug" title='How to reset it?' answer=Press. if_match='"stale"' 2>problem || echo stale "$(part type <problem | sed 's/.*://')" "$(part status <problem)" "$(grep -q request_id problem && echo true)"
faq -i update id="$slug" title='How to reset it?' answer=Press. if_match="$(heads etag <entry)" >edited
echo updated "$(tail -n 1 edited | part revision)" "$([ "$(heads etag <edited)" != "$(heads etag <entry)" ] && echo true)"
faq create --json '{"question": "x", "source": 0}' 2>problem || echo invalid "$(grep -o '#/[a-z]*' problem | sort | tr '\n' ' ' | sed 's/ $//')"
faq get id=nowhere 2>problem || echo missing "$(part title <problem)"
killed=$(faq -i create question='What if it is killed?' source=777 | awk 'NR == 1 { print $2 }')
echo killed "$killed" "$(faq list source=777 | grep -o '"slug"' | wc -l | tr -d ' ')"
faq -n create question='What if it is killed once?' source=778 2>problem || echo unavailable 503 "$(grep -q cret problem && echo true || echo false)"
echo waited "$(faq -i create question='Who waits?' source=779 | awk 'NR == 1 { print $2 }')"
faq create question='Come back later?' source=780 2>problem || echo later "$(part status <problem)"
faq -t 300 get id=slow 2>problem || echo "$(grep -q 'timed out' problem && echo timeout) timeout"
faq get id=.. 2>problem || echo refused "#/$(sed 's/.*sh: \([a-z]*\): .*/\1/' problem)"
faq search q=reset 2>warning >/dev/null
echo deprecated "$(grep -c deprecated warning)" true "$(grep -q 2027 warning && echo true)"
echo secret "$(cat made entry edited problem warning | grep -q se.*cret@ && echo true || echo false)"
