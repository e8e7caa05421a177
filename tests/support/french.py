"""The lesson that the author's guide shows, in French: what every test of translations reads."""

FRENCH = """\
---
title: Bonjour, nginx
summary: Démarrer un serveur web et trouver sa porte.
---

Un serveur web attend des requêtes.

:::: quiz what-is-it "Avant de commencer"
Qu'est-ce qu'un conteneur ?

- [x] Un processus avec sa propre vue
  > Des fichiers, des processus et du réseau.
- [ ] Un petit ordinateur
  > Ce serait une machine virtuelle.
::::

:::: step start-it "Démarrer un serveur web"
`-d` le lance en arrière-plan.

::: predict which-number "Quel port de l'hôte ?"
- [ ] 80
  > C'est le port à l'intérieur.
- [x] N'importe lequel
  > Docker choisit.
:::

```sh run
```

Vous obtenez l'identifiant du conteneur :

```text
<64 chiffres hexadécimaux>
```

::: hint
La majuscule `-P` ne prend pas de valeur.
:::

::: mistake
`web` tourne, mais aucun port n'est publié.
:::

::: mistake
Un seul `docker` suffit.
:::
::::

:::: step which-port "Trouver son port" answer-label="Port de l'hôte"
Quel port mène au port 80 ?

```sh run
```

::: mistake
80 est le port à l'intérieur.
:::
::::

:::: step mend-it "Le faire revenir"
La page a disparu.

```sh run
```

::: hint
Que dit la colonne STATUS ?
:::
::::

:::: quiz left-or-right "Quel côté est l'hôte ?"
`0.0.0.0:32768->80/tcp`

- [x] 32768
  > À gauche de la flèche, c'est dehors.
- [ ] 80
  > À droite, c'est dedans.
::::

:::: step tidy-up "Ne rien laisser"
Supprimez le conteneur que vous avez [démarré](#start-it).

::: hint
Il faut l'arrêter d'abord.
:::
::::

## À retenir

- Dehors à gauche, dedans à droite.
"""
