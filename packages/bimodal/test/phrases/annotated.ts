/**
 * Sentences in the style of captions, with the noun phrases that a reader marked by hand, before the chunker was
 * written. The rule:
 *
 * - a phrase is a noun with what describes it and stands before it: adjectives, participles, their adverbs, numbers
 *   ("many" and "several" among them), names and other nouns
 * - determiners before it are no part of it: a, the, this, some, all, each, both, its, their; but "no" is, for without
 *   it the phrase would say the opposite
 * - what a preposition adds is a phrase for itself: "[patch] of [red]"; so is the owner in "the [bird]'s [wings]"
 * - descriptions joined by a comma or "and" before one noun are one phrase, joined nouns are two: "[black and white
 *   wings] and [tail]"
 * - a color that is named as a thing is a noun ("has [red] on its [crown]"); one that only says how something is, is
 *   not ("the [belly] is white")
 * - no pronoun is a phrase
 *
 * Of each style the lines 1, 3, 5, … are for tuning, the lines 2, 4, 6, … only for the figure.
 */
export const annotated = {
  birds: [
    "this [bird] has a [short pointed bill] and [white eyering].",
    "the [bird] has a [yellow crown] and a [black bill] that is short.",
    "a [small bird] with a [red crown], a [white belly], and [black and white wings].",
    "this is a [medium sized bird] with a [long, thin beak] and [webbed feet].",
    "[medium sized bird] with [black-and-white wings] and a [long tail]",
    "this [small brown bird] has a [white throat] and [two white wingbars].",
    "the [wings] are brown with [black spots], and the [belly] is white.",
    "its [head] and [nape] are bright blue while its [breast] is a [dull orange].",
    "a [tiny hummingbird] with an [iridescent green back], a [long needle-like bill] and a [ruby throat]",
    "[bird] has a [grey body], [yellow undertail coverts] and [dark tarsus] and [feet].",
    "this [bird] is black with a [patch] of [red] on its [wing].",
    "a [large seabird] with a [hooked orange bill] and [dark brown plumage].",
    "this [particular bird] has a [belly] that is gray and has a [yellow breast]",
    "the [bird]'s [crown] is streaked, and the [rest] of its [body] is a [pale buff].",
    "[white eyebrow], [black cheek patch], [spotted breast], [pinkish legs]",
    "this [bird] has [brown] on its [back] and a [very small beak] for its [size].",
    "the [bird] has a [mostly white head] with a [black eyeline] running through its [eyes].",
    "a [plump bird] with [short rounded wings], perched on a [thin branch]",
    "a [bird] with [three white stripes] on a [jet black crown] and a [bright yellow superciliary].",
    "[long legged wading bird] standing in [shallow water], with a [curved neck] and [grey-blue feathers]",
  ],
  flowers: [
    "this [flower] has [large pink petals] with [dark purple veins].",
    "the [petals] are white, and the [center] is covered in [yellow stamen].",
    "a [flower] with [five heart shaped petals] and a [prominent pistil]",
    "this [flower] has [overlapping, ruffled petals] and a [thick green stem].",
    "the [flower] shown has [long and narrow petals] that are yellow with [red tips].",
    "[layers] of [thin orange petals] surround a [dark brown disc].",
    "[star shaped flower], [pale lilac petals], [bright yellow anthers]",
    "a [cluster] of [tiny blue flowers] on a [single hairy stalk] with [broad leaves].",
    "this [flower] is pink and white in [color], with [petals] that are wavy and rounded.",
    "the [trumpet shaped blossom] is deep red on the [inside] and white on the [outside].",
    "the [outer petals] are spotted, the [inner petals] are smooth and curled inward",
    "[many delicate white petals] and a [fuzzy yellow center]",
    "a [bell-shaped flower] hanging from a [slender stem], its [sepals] tinged with [green].",
    "[purple flower] with [pointed petals], [white filaments] and [waxy, dark green leaves].",
    "this [orchid] has a [speckled lip] and [two large wing-like petals].",
    "the [flower] has [six yellow petals] with [brown spots] near the [base] and [long protruding stamens].",
    "a [round flower head] made of [hundreds] of [small pink florets].",
    "its [petals] are folded tightly in a [spiral], fading from [orange] to [cream] at the [edges].",
    "[double layered petals], [no visible stamen], [thorny stem]",
    "a [sunflower] with [golden yellow ray florets] arranged around a [flat black center].",
  ],
  cars: [
    "a [silver four-door sedan] with [tinted windows] and [alloy wheels].",
    "a [red Ferrari] parked on a [gravel driveway] in front of a [stone house].",
    "this is a [white Ford F-150 pickup truck] with a [chrome grille].",
    "the [black BMW convertible] has a [tan leather interior] and its [roof] is down.",
    "[compact hatchback], [five doors], [round headlights], [short overhang]",
    "[vintage Volkswagen Beetle] in [pale blue] with [whitewall tires] and a [curved hood].",
    "the [car] has a [long sloping hood] and a [large rear spoiler].",
    "this [boxy SUV] has [roof rails], a [spare wheel] on the [back door] and [high ground clearance].",
    "a [2012 Audi TT coupe] with [twin exhaust pipes] and [wide fenders].",
    "the [minivan] has [sliding doors] on both [sides] and a [slightly dented bumper].",
    "a [two-seat roadster] with a [black fabric top] and [wire wheels], seen from behind.",
    "a [low-slung sports car] with [scissor doors], [huge side air intakes] and [LED taillights].",
    "its [front bumper] carries [fog lights] and a [wide black mesh grille].",
    "[dark green Jeep Wrangler] with [no doors], [muddy tires] and a [winch] on the [bumper]",
    "the [badge] on the [trunk] reads turbo, and the [wheels] have [seven spokes].",
    "this [Mercedes-Benz] has [rectangular headlights], a [hood ornament] and [chrome trim] around the [windows].",
    "a [yellow cab] with a [checkered stripe] along its [side]",
    "the [station wagon]'s [rear window] is steeply raked, its [taillights] are tall and narrow.",
    "a [heavily modified Honda Civic] with a [lowered suspension] and a [carbon fiber hood].",
    "a [classic American muscle car] with [two white racing stripes] and a [roaring V8 engine].",
  ],
  aircraft: [
    "a [large passenger jet] with [four engines] and a [distinctive upper deck].",
    "a [Boeing 737-800] with [winglets] landing on a [wet runway].",
    "this [small propeller plane] has a [high wing] and [fixed landing gear].",
    "the [twin-engine turboprop] has a [T-tail], [six-blade propellers] and a [white fuselage] with a [blue stripe].",
    "[delta wing], [pointed nose], [single afterburning engine], [grey camouflage]",
    "[narrow-body airliner] in [red and white livery] with [two engines] under its [swept wings]",
    "the [engines] are mounted at the [rear] of the [fuselage] below a [tall tail fin].",
    "this [business jet] has [six oval windows] on each [side] and [upturned wingtips].",
    "an [Airbus A380] of [Singapore Airlines] climbing into a [cloudy sky].",
    "the [fighter jet] carries [missiles] under its [wings], and its [canopy] is slightly open.",
    "a [yellow biplane] with [open cockpits] and a [radial engine].",
    "an [old military transport plane] with [four propellers], a [ramp] at the [back] and a [dull green paint].",
    "the [plane] has a [long thin body], [small round windows] and a [low mounted tailplane].",
    "[three engines], one in the [tail], and a [wide cabin] with [two aisles]",
    "a [British Airways Concorde] with a [drooping nose], taking off from [Heathrow].",
    "a [gray helicopter] with [two main rotors] hovering above the [sea].",
    "its [wings] are straight and tapered, with [bright red tips] and [large fuel tanks].",
    "this [single-engine Cessna 172] is parked on the [grass], with [struts] supporting the [wing].",
    "[regional jet] with [rear mounted engines] and a [very slim, tube-like fuselage].",
    "the [seaplane] floats on [calm water], its [pontoons] painted in [glossy orange].",
  ],
} as const;
